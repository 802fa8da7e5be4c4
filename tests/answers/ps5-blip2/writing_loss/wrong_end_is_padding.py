# mistake: 55 END is masked, because it has the number of padding
# loses: writing_loss-shift, writing_loss-padding
# hint: END, is not foretold
def writing_loss(model, ids, is_token, decoder_id):
    read = ids.clone()
    read[:, 0] = decoder_id
    logits = model(read)[:, :-1]
    labels = ids.masked_fill(~is_token | (ids == ids[0, -1]), -100)[:, 1:]
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten())
