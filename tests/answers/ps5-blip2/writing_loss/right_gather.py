def writing_loss(model, ids, is_token, decoder_id):
    first = torch.arange(ids.shape[1]) == 0
    logits = model(ids.masked_fill(first, decoder_id))
    right = logits[:, :-1].gather(-1, ids[:, 1:, None]).squeeze(-1)
    nats = logits[:, :-1].logsumexp(dim=-1) - right
    weights = is_token[:, 1:].to(nats.dtype)
    return (nats * weights).sum() / weights.sum()
