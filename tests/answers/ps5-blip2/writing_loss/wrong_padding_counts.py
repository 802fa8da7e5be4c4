# mistake: 55 padding is to be foretold
# loses: writing_loss-padding
# hint: padding has to be foretold, too
def writing_loss(model, ids, is_token, decoder_id):
    read = ids.clone()
    read[:, 0] = decoder_id
    logits = model(read)[:, :-1]
    labels = ids[:, 1:]
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten())
