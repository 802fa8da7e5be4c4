# mistake: 24 pooling the last token that is not 0
# loses: pool_at_end-found, pool_at_end-first
# hint: padding may be other than 0
def pool_at_end(states, ids, end_id):
    length = ids.shape[1]
    places = torch.arange(length).expand(ids.shape)
    last = places.masked_fill(ids == 0, 0).amax(dim=1)
    return states[torch.arange(len(ids)), last]
