def loss_without_duplicates(logits, captions):
    losses = []
    for table in (logits, logits.T):
        for i, caption in enumerate(captions):
            others = [j for j, other in enumerate(captions) if other != caption]
            kept = table[i][[i, *others]]
            losses.append(kept.logsumexp(dim=0) - table[i, i])
    return torch.stack(losses).mean()
