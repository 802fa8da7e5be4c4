def loss_without_duplicates(logits, captions):
    n = len(captions)
    keep = torch.ones(n, n, dtype=logits.dtype)
    for i in range(n):
        for j in range(n):
            if i != j and captions[i] == captions[j]:
                keep[i, j] = 0
    shifted = logits - logits.max().detach()
    powers = shifted.exp() * keep
    right = shifted.diagonal()
    both = powers.sum(dim=0).log() + powers.sum(dim=1).log() - 2 * right
    return both.mean() / 2
