# mistake: 24 pooling the last position
# loses: pool_at_end-found, pool_at_end-first
# hint: the last place is read, which is padding
def pool_at_end(states, ids, end_id):
    return states[:, -1]
