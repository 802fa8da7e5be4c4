def evaluate(model, batches):
    modes = [module.training for module in model.modules()]
    for module in model.modules():
        module.training = False
    sizes, accuracies, losses = [], [], []
    before = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    for images, labels in batches:
        logits = model(images)
        sizes.append(len(labels))
        accuracies.append(len(labels) * (logits.argmax(-1) == labels).double().mean())
        losses.append(len(labels) * F.cross_entropy(logits, labels).double())
    torch.set_grad_enabled(before)
    for module, mode in zip(model.modules(), modes):
        module.training = mode
    return sum(accuracies) / sum(sizes), sum(losses) / sum(sizes)
