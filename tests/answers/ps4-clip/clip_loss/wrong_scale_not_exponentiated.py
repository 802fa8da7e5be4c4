# mistake: 18 scale not exponentiated
# loses: clip_loss-value
# hint: multiplied by the logarithm of the scale
def clip_loss(images, texts, log_scale):
    images, texts = F.normalize(images, dim=1), F.normalize(texts, dim=1)
    right = torch.arange(len(images))
    logits = log_scale * images @ texts.T
    return (F.cross_entropy(logits, right) + F.cross_entropy(logits.T, right)) / 2
