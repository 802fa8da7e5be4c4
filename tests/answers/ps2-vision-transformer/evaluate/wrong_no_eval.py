# mistake: 13 evaluation without .eval()
# loses: evaluate-mode
# hint: the model was measured in training mode
def evaluate(model, batches):
    right = total = 0
    loss = 0.0
    with torch.no_grad():
        for images, labels in batches:
            logits = model(images)
            right += int((logits.argmax(1) == labels).sum())
            loss += float(F.cross_entropy(logits, labels)) * len(labels)
            total += len(labels)
    return right / total, loss / total
