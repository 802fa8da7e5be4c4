# mistake: 13 a frozen part is put back into training mode
# loses: evaluate-restore
# hint: restore the mode of each module
def evaluate(model, batches):
    was_training = model.training
    model.eval()
    right, loss, total = 0, 0.0, 0
    with torch.no_grad():
        for images, labels in batches:
            logits = model(images)
            right += (logits.argmax(dim=1) == labels).sum().item()
            loss += F.cross_entropy(logits, labels, reduction="sum").item()
            total += labels.numel()
    model.train(was_training)
    return right / total, loss / total
