# mistake: 10 softmax on the query axis
# loses: masked_attention-axis, masked_attention-scale
# hint: along which axis is the softmax
def masked_attention(queries, keys, values, is_padding):
    ignored = is_padding[:, None, None, :]
    scores = queries @ keys.transpose(-2, -1) / math.sqrt(queries.shape[-1])
    scores = scores.masked_fill(ignored, -1e9)
    weights = scores.softmax(dim=-2).masked_fill(ignored, 0)
    return weights @ values, weights
