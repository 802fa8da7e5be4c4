# mistake: 29 negatives of the own process only
# loses: process_loss-value, process_loss-gradient
# hint: only this process's own pairs are candidates
def process_loss(rank, images, texts, scale):
    own = torch.arange(len(images[rank]))
    image_logits = scale * images[rank] @ texts[rank].T
    text_logits = image_logits.T
    return (F.cross_entropy(image_logits, own) + F.cross_entropy(text_logits, own)) / 2
