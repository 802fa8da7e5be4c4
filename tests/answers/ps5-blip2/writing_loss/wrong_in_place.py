# mistake: 51 the ids of the batch are changed
# loses: writing_loss-decoder, writing_loss-padding
# hint: was changed in place
def writing_loss(model, ids, is_token, decoder_id):
    ids[:, 0] = decoder_id
    labels = ids.masked_fill(~is_token, -100)[:, 1:]
    return F.cross_entropy(model(ids)[:, :-1].flatten(0, 1), labels.flatten())
