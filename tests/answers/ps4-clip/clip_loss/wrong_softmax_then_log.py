# mistake: 16 softmax and logarithm in two steps
# loses: clip_loss-training
# hint: which has no logarithm
def clip_loss(images, texts, log_scale):
    images, texts = F.normalize(images, dim=1), F.normalize(texts, dim=1)
    logits = log_scale.exp() * images @ texts.T
    rows = -logits.softmax(dim=1).diagonal().log().mean()
    columns = -logits.softmax(dim=0).diagonal().log().mean()
    return (rows + columns) / 2
