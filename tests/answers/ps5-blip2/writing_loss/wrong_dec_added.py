# mistake: 51 [DEC] is put before [CLS]
# loses: writing_loss-decoder, writing_loss-shift
# hint: it takes its place
def writing_loss(model, ids, is_token, decoder_id):
    start = torch.full_like(ids[:, :1], decoder_id)
    logits = model(torch.cat([start, ids], dim=1))[:, :-1]
    labels = ids.masked_fill(~is_token, -100)
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten())
