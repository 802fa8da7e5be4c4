# mistake: 13 the mode is not restored
# loses: evaluate-restore
# hint: the model stays in evaluation mode
def evaluate(model, batches):
    model.eval()
    right, loss, total = 0, 0.0, 0
    with torch.no_grad():
        for images, labels in batches:
            logits = model(images)
            right += (logits.argmax(dim=1) == labels).sum().item()
            loss += F.cross_entropy(logits, labels, reduction="sum").item()
            total += labels.numel()
    return right / total, loss / total
