# mistake: a very low score instead of none, so padding alone gets equal weights
# loses: masked_attention-empty
# hint: gives equal weights to its padding
def masked_attention(queries, keys, values, is_padding):
    scores = queries @ keys.transpose(-2, -1) / math.sqrt(queries.shape[-1])
    scores = scores.masked_fill(is_padding[:, None, None, :], -1e9)
    weights = scores.softmax(dim=-1)
    return weights @ values, weights
