# mistake: 14 prompts are averaged with their lengths
# loses: zero_shot-lengths
# hint: a prompt whose vector is long must not count more
def zero_shot(images, prompts, log_scale):
    means = [part.mean(dim=0) for part in prompts]
    classes = F.normalize(torch.stack(means), dim=1)
    logits = log_scale.exp() * F.normalize(images, dim=1) @ classes.T
    return logits.softmax(dim=1)
