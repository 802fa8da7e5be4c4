# mistake: 30 prompt ensemble not normalised again after averaging
# loses: zero_shot-ensemble
# hint: is it brought to length 1 again
def zero_shot(images, prompts, log_scale):
    means = [F.normalize(part, dim=1).mean(dim=0) for part in prompts]
    classes = torch.stack(means)
    logits = log_scale.exp() * F.normalize(images, dim=1) @ classes.T
    return logits.softmax(dim=1)
