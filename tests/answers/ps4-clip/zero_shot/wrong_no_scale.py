# mistake: 19 the scale is forgotten
# loses: zero_shot-probabilities
# hint: the cosines are not multiplied by the
def zero_shot(images, prompts, log_scale):
    means = [F.normalize(part, dim=1).mean(dim=0) for part in prompts]
    classes = F.normalize(torch.stack(means), dim=1)
    logits = F.normalize(images, dim=1) @ classes.T
    return logits.softmax(dim=1)
