# mistake: True is taken for a real key, as PyTorch's own attention does
# loses: masked_attention-axis, masked_attention-scale, masked_attention-padding, masked_attention-empty
# hint: in is_padding, True means ignore
def masked_attention(queries, keys, values, is_padding):
    ignored = ~is_padding[:, None, None, :]
    scores = queries @ keys.transpose(-2, -1) / math.sqrt(queries.shape[-1])
    weights = scores.masked_fill(ignored, -1e9).softmax(-1).masked_fill(ignored, 0)
    return weights @ values, weights
