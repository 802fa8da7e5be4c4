# mistake: 13 train() afterwards, whatever the mode was
# loses: evaluate-restore
# hint: without looking at the mode it was in
def evaluate(model, batches):
    model.eval()
    right, loss, total = 0, 0.0, 0
    with torch.no_grad():
        for images, labels in batches:
            logits = model(images)
            right += (logits.argmax(dim=1) == labels).sum().item()
            loss += F.cross_entropy(logits, labels, reduction="sum").item()
            total += labels.numel()
    model.train()
    return right / total, loss / total
