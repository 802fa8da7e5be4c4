def process_loss(rank, images, texts, scale):
    order = [rank, *[r for r in range(len(images)) if r != rank]]
    labels = torch.arange(images[rank].shape[0])
    losses = []
    for queries, candidates in ((images, texts), (texts, images)):
        blocks = [scale * queries[rank] @ candidates[r].T for r in order]
        losses.append(F.cross_entropy(torch.hstack(blocks), labels))
    return sum(losses) / 2
