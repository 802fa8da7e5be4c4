# mistake: 52 a mean of each text's mean
# loses: writing_loss-padding
# hint: a long text counts for more
def writing_loss(model, ids, is_token, decoder_id):
    read = ids.clone()
    read[:, 0] = decoder_id
    logits = model(read)[:, :-1]
    nats = F.cross_entropy(logits.mT, ids[:, 1:], reduction="none")
    counts = is_token[:, 1:]
    return ((nats * counts).sum(dim=1) / counts.sum(dim=1)).mean()
