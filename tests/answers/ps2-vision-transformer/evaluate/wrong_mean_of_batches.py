# mistake: the mean over batches of different size
# loses: evaluate-mean
# hint: the mean over the batches
def evaluate(model, batches):
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    accuracies, losses = [], []
    with torch.no_grad():
        for images, labels in batches:
            logits = model(images)
            accuracies.append((logits.argmax(1) == labels).float().mean())
            losses.append(F.cross_entropy(logits, labels))
    for module, training in modes:
        module.training = training
    return torch.stack(accuracies).mean().item(), torch.stack(losses).mean().item()
