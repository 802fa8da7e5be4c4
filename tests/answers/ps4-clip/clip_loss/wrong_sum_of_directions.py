# mistake: 17 the two directions are added
# loses: clip_loss-value
# hint: their mean is asked for
def clip_loss(images, texts, log_scale):
    images, texts = F.normalize(images, dim=1), F.normalize(texts, dim=1)
    right = torch.arange(len(images))
    logits = log_scale.exp() * images @ texts.T
    return F.cross_entropy(logits, right) + F.cross_entropy(logits.T, right)
