def pool_at_end(states, ids, end_id):
    length = ids.shape[1]
    places = torch.arange(length).expand(ids.shape)
    places = torch.where(ids.eq(end_id), places, length - 1).amin(1)
    index = places[:, None, None].expand(-1, 1, states.shape[2])
    return states.gather(1, index).squeeze(1)
