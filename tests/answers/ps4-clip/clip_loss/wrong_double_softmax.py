# mistake: 16 double softmax
# loses: clip_loss-value
# hint: there are two softmaxes
def clip_loss(images, texts, log_scale):
    images, texts = F.normalize(images, dim=1), F.normalize(texts, dim=1)
    right = torch.arange(len(images))
    logits = log_scale.exp() * images @ texts.T
    rows = F.cross_entropy(logits.softmax(dim=1), right)
    return (rows + F.cross_entropy(logits.T.softmax(dim=1), right)) / 2
