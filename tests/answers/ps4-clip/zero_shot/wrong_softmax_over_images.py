# mistake: 10 softmax over the images
# loses: zero_shot-probabilities
# hint: the probabilities sum to 1 over the images
def zero_shot(images, prompts, log_scale):
    means = [F.normalize(part, dim=1).mean(dim=0) for part in prompts]
    classes = F.normalize(torch.stack(means), dim=1)
    logits = log_scale.exp() * F.normalize(images, dim=1) @ classes.T
    return logits.softmax(dim=0)
