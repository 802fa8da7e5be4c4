def writing_loss(model, ids, is_token, decoder_id):
    start = ids.new_full((ids.shape[0], 1), decoder_id)
    logits = model(torch.hstack([start, ids[:, 1:]])).movedim(-1, 1)
    labels = torch.where(is_token, ids, -100).roll(-1, dims=1)
    labels[:, -1] = -100
    return nn.CrossEntropyLoss()(logits, labels)
