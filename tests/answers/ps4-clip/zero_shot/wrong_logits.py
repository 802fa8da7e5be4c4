# mistake: 16 logits instead of probabilities
# loses: zero_shot-probabilities
# hint: these are logits
def zero_shot(images, prompts, log_scale):
    means = [F.normalize(part, dim=1).mean(dim=0) for part in prompts]
    classes = F.normalize(torch.stack(means), dim=1)
    return log_scale.exp() * F.normalize(images, dim=1) @ classes.T
