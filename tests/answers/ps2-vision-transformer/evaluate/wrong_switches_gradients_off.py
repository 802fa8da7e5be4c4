# mistake: gradients are switched off for good
# loses: evaluate-gradients
# hint: it was the other way round
def evaluate(model, batches):
    torch.set_grad_enabled(False)
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    right, loss, total = 0, 0.0, 0
    for images, labels in batches:
        logits = model(images)
        right += (logits.argmax(dim=1) == labels).sum().item()
        loss += F.cross_entropy(logits, labels, reduction="sum").item()
        total += len(labels)
    for module, training in modes:
        module.training = training
    return right / total, loss / total
