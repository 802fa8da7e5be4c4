# mistake: 29 all-gather without gradient
# loses: process_loss-gradient
# hint: Those vectors are candidates, too
def process_loss(rank, images, texts, scale):
    start = sum(len(part) for part in images[:rank])
    own = start + torch.arange(len(images[rank]))
    images = [part if r == rank else part.detach() for r, part in enumerate(images)]
    texts = [part if r == rank else part.detach() for r, part in enumerate(texts)]
    image_logits = scale * images[rank] @ torch.cat(texts).T
    text_logits = scale * texts[rank] @ torch.cat(images).T
    return (F.cross_entropy(image_logits, own) + F.cross_entropy(text_logits, own)) / 2
