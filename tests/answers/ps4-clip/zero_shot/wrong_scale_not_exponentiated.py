# mistake: 18 scale not exponentiated
# loses: zero_shot-probabilities
# hint: multiplied by the logarithm of the scale
def zero_shot(images, prompts, log_scale):
    means = [F.normalize(part, dim=1).mean(dim=0) for part in prompts]
    classes = F.normalize(torch.stack(means), dim=1)
    logits = log_scale * F.normalize(images, dim=1) @ classes.T
    return logits.softmax(dim=1)
