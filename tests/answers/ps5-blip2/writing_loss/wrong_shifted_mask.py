# mistake: 55 the mask is shifted once too often, so that END is lost
# loses: writing_loss-shift, writing_loss-padding
# hint: END, is not foretold
def writing_loss(model, ids, is_token, decoder_id):
    read = ids.clone()
    read[:, 0] = decoder_id
    logits = model(read)[:, :-1]
    labels = ids[:, 1:].masked_fill(~F.pad(is_token, (0, 1))[:, 2:], -100)
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten())
