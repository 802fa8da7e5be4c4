# mistake: 52 shifted the wrong way
# loses: writing_loss-shift, writing_loss-padding
# hint: the shift goes the other way
def writing_loss(model, ids, is_token, decoder_id):
    read = ids.clone()
    read[:, 0] = decoder_id
    labels = ids.masked_fill(~is_token, -100)[:, :-1]
    return F.cross_entropy(model(read)[:, 1:].flatten(0, 1), labels.flatten())
