# mistake: 51 [CLS] is kept for ITG
# loses: writing_loss-decoder
# hint: The first token is still [CLS]
def writing_loss(model, ids, is_token, decoder_id):
    logits = model(ids)[:, :-1]
    labels = ids.masked_fill(~is_token, -100)[:, 1:]
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten())
