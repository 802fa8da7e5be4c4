# mistake: eval() is taken for no_grad()
# loses: evaluate-gradients
# hint: gradients were recorded while measuring
def evaluate(model, batches):
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
