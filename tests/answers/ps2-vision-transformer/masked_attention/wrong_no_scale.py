# mistake: 5 missing square root of head_dim
# loses: masked_attention-scale
# hint: are the scores divided by the square root of the head's width
def masked_attention(queries, keys, values, is_padding):
    ignored = is_padding[:, None, None, :]
    scores = queries @ keys.transpose(-2, -1)
    scores = scores.masked_fill(ignored, -1e9)
    weights = scores.softmax(-1).masked_fill(ignored, 0.0)
    return weights @ values, weights
