# mistake: 14 no L2 normalisation
# loses: clip_loss-lengths
# hint: is each vector, of images and of texts, divided by its length
def clip_loss(images, texts, log_scale):
    right = torch.arange(len(images))
    logits = log_scale.exp() * images @ texts.T
    return (F.cross_entropy(logits, right) + F.cross_entropy(logits.T, right)) / 2
