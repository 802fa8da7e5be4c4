# mistake: 25 END by argmax of the numbers, with tokens added above it
# loses: pool_at_end-found, pool_at_end-cut
# hint: the token with the highest number is read
def pool_at_end(states, ids, end_id):
    return states[torch.arange(len(ids)), ids.argmax(dim=-1)]
