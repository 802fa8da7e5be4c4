# mistake: 52 the losses are added up
# loses: writing_loss-shift, writing_loss-padding
# hint: this is the sum over the tokens
def writing_loss(model, ids, is_token, decoder_id):
    read = ids.clone()
    read[:, 0] = decoder_id
    logits = model(read)[:, :-1]
    labels = ids.masked_fill(~is_token, -100)[:, 1:]
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="sum")
