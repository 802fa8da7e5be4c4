# mistake: 14 only the images are normalised
# loses: clip_loss-lengths
# hint: is each vector, of images and of texts, divided by its length
def clip_loss(images, texts, log_scale):
    images = F.normalize(images, dim=1)
    right = torch.arange(len(images))
    logits = log_scale.exp() * images @ texts.T
    return (F.cross_entropy(logits, right) + F.cross_entropy(logits.T, right)) / 2
