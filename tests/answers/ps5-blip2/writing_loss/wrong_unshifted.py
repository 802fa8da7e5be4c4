# mistake: 52 unshifted labels
# loses: writing_loss-shift
# hint: it has to foretell the one AFTER it
def writing_loss(model, ids, is_token, decoder_id):
    read = ids.clone()
    read[:, 0] = decoder_id
    labels = ids.masked_fill(~is_token, -100)
    return F.cross_entropy(model(read).flatten(0, 1), labels.flatten())
