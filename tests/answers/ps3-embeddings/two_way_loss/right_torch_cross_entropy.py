def two_way_loss(similarities, right, temperature):
    logits = similarities / temperature
    shares = F.normalize(right.to(logits.dtype), p=1, dim=1)
    other_shares = F.normalize(right.T.to(logits.dtype), p=1, dim=1)
    loss = F.cross_entropy(logits, shares) + F.cross_entropy(logits.T, other_shares)
    return 0.5 * loss
