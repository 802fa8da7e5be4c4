def writing_loss(model, ids, is_token, decoder_id):
    read = torch.cat([torch.full_like(ids[:, :1], decoder_id), ids[:, 1:]], dim=1)
    shares = model(read).log_softmax(dim=-1)
    losses = []
    for text, row in enumerate(shares):
        for place in range(1, ids.shape[1]):
            if is_token[text, place]:
                losses.append(-row[place - 1, ids[text, place]])
    return sum(losses) / len(losses)
