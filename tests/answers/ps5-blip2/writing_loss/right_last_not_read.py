def writing_loss(model, ids, is_token, decoder_id):
    inputs = ids[:, :-1].clone()
    inputs[:, 0] = decoder_id
    logits, targets, counts = model(inputs), ids[:, 1:], is_token[:, 1:]
    return F.cross_entropy(logits[counts], targets[counts])
