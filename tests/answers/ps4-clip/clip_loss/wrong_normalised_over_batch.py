# mistake: 15 norm over the batch axis
# loses: clip_loss-lengths, clip_loss-value
# hint: Along which axis is a vector
def clip_loss(images, texts, log_scale):
    images, texts = F.normalize(images, dim=0), F.normalize(texts, dim=0)
    right = torch.arange(len(images))
    logits = log_scale.exp() * images @ texts.T
    return (F.cross_entropy(logits, right) + F.cross_entropy(logits.T, right)) / 2
