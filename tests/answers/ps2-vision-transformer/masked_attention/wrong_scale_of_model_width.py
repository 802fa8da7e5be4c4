# mistake: 6 scaling by the square root of d_model
# loses: masked_attention-scale
# hint: by the square root of the model's whole width
def masked_attention(queries, keys, values, is_padding):
    d_model = queries.shape[1] * queries.shape[3]
    ignored = is_padding[:, None, None, :]
    scores = queries @ keys.transpose(-2, -1) / d_model**0.5
    scores = scores.masked_fill(ignored, -1e9)
    weights = scores.softmax(-1) * ~ignored
    return weights @ values, weights
