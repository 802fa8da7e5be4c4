# mistake: 19 the scale gets no gradient
# loses: clip_loss-training
# hint: no gradient reaches the log scale
def clip_loss(images, texts, log_scale):
    images, texts = F.normalize(images, dim=1), F.normalize(texts, dim=1)
    right = torch.arange(len(images))
    scale = math.exp(log_scale.item())
    logits = scale * images @ texts.T
    return (F.cross_entropy(logits, right) + F.cross_entropy(logits.T, right)) / 2
