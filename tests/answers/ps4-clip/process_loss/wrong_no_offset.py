# mistake: 29 gathered labels without the rank's offset
# loses: process_loss-labels
# hint: Which columns are its own
def process_loss(rank, images, texts, scale):
    own = torch.arange(len(images[rank]))
    image_logits = scale * images[rank] @ torch.cat(texts).T
    text_logits = scale * texts[rank] @ torch.cat(images).T
    return (F.cross_entropy(image_logits, own) + F.cross_entropy(text_logits, own)) / 2
