# mistake: 24 pooling a pad: the last END
# loses: pool_at_end-first
# hint: the last END is read
def pool_at_end(states, ids, end_id):
    result = states[:, -1].clone()
    for text, place in (ids == end_id).nonzero().tolist():
        result[text] = states[text, place]
    return result
