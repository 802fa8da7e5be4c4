# mistake: 14 images are not normalised
# loses: zero_shot-lengths
# hint: is each image divided by its length
def zero_shot(images, prompts, log_scale):
    means = [F.normalize(part, dim=1).mean(dim=0) for part in prompts]
    classes = F.normalize(torch.stack(means), dim=1)
    logits = log_scale.exp() * images @ classes.T
    return logits.softmax(dim=1)
