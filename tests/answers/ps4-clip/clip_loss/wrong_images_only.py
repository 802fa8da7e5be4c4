# mistake: 17 one-directional loss
# loses: clip_loss-directions, clip_loss-value
# hint: each text looks for its image. Are both there
def clip_loss(images, texts, log_scale):
    images, texts = F.normalize(images, dim=1), F.normalize(texts, dim=1)
    right = torch.arange(len(images))
    logits = log_scale.exp() * images @ texts.T
    return F.cross_entropy(logits, right)
