def mean_loss(logits, right, axis):
    logits = logits - logits.amax(dim=axis, keepdim=True).detach()
    log_sum = logits.exp().sum(dim=axis, keepdim=True).log()
    own = torch.where(right, log_sum - logits, torch.zeros_like(logits))
    return (own.sum(dim=axis) / right.sum(dim=axis)).mean()


def two_way_loss(similarities, right, temperature):
    logits = similarities / temperature
    return torch.stack([mean_loss(logits, right, axis) for axis in (0, 1)]).mean()
