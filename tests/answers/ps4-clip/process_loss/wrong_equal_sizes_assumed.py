# mistake: 29 the offset assumes processes of equal sizes
# loses: process_loss-labels
# hint: may have more or fewer pairs than it has itself
def process_loss(rank, images, texts, scale):
    size = len(images[rank])
    own = (rank * size + torch.arange(size)).clamp(max=sum(map(len, texts)) - 1)
    image_logits = scale * images[rank] @ torch.cat(texts).T
    text_logits = scale * texts[rank] @ torch.cat(images).T
    return (F.cross_entropy(image_logits, own) + F.cross_entropy(text_logits, own)) / 2
