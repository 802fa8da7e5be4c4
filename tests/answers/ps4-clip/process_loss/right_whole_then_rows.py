def process_loss(rank, images, texts, scale):
    logits = scale * (torch.cat(images) @ torch.cat(texts).T)
    begin = sum(map(len, images[:rank]))
    rows = slice(begin, begin + len(images[rank]))
    right = logits.diagonal()[rows]
    over_texts = logits.logsumexp(dim=1)[rows] - right
    over_images = logits.logsumexp(dim=0)[rows] - right
    return (over_texts.mean() + over_images.mean()) / 2
