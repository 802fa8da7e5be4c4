# mistake: 29 each process computes the loss of the whole batch
# loses: process_loss-value, process_loss-gradient
# hint: this is the loss of all pairs
def process_loss(rank, images, texts, scale):
    logits = scale * torch.cat(images) @ torch.cat(texts).T
    right = torch.arange(len(logits))
    return (F.cross_entropy(logits, right) + F.cross_entropy(logits.T, right)) / 2
