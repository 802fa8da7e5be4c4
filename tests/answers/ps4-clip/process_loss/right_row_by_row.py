def process_loss(rank, images, texts, scale):
    total = 0.0
    pairs = len(images[rank])
    for row in range(pairs):
        for mine, theirs in ((images, texts), (texts, images)):
            own = scale * mine[rank][row].dot(theirs[rank][row])
            everybody = torch.cat([scale * part @ mine[rank][row] for part in theirs])
            total = total + torch.logsumexp(everybody, dim=0) - own
    return total / (2 * pairs)
