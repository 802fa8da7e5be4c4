# mistake: 17 one-directional loss
# loses: process_loss-value, process_loss-gradient
# hint: only the images look for their texts
def process_loss(rank, images, texts, scale):
    start = sum(len(part) for part in images[:rank])
    own = start + torch.arange(len(images[rank]))
    return F.cross_entropy(scale * images[rank] @ torch.cat(texts).T, own)
