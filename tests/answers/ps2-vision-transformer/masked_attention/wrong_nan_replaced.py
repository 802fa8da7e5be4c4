# mistake: nan is replaced in the result, but stays in the gradients
# loses: masked_attention-empty
# hint: replacing nan in the result is too late
def masked_attention(queries, keys, values, is_padding):
    scores = queries @ keys.transpose(-2, -1) / math.sqrt(queries.shape[-1])
    bias = torch.zeros(is_padding.shape, dtype=scores.dtype)
    bias = bias.masked_fill(is_padding, -torch.inf)
    weights = (scores + bias[:, None, None, :]).softmax(dim=-1)
    weights = weights.masked_fill(weights.isnan(), 0)
    return weights @ values, weights
