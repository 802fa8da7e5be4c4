# mistake: 52 the last token has to foretell the first one
# loses: writing_loss-shift, writing_loss-padding
# hint: Is there a roll()
def writing_loss(model, ids, is_token, decoder_id):
    read = ids.clone()
    read[:, 0] = decoder_id
    labels = ids.masked_fill(~is_token, -100).roll(-1, dims=1)
    return F.cross_entropy(model(read).flatten(0, 1), labels.flatten())
