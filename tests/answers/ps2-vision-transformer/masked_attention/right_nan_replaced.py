def masked_attention(queries, keys, values, is_padding):
    scores = queries @ keys.transpose(-2, -1) / math.sqrt(queries.shape[-1])
    # The backward pass of masked_fill stops the gradient, so no nan gets through it.
    scores = scores.masked_fill(is_padding[:, None, None, :], -torch.inf)
    weights = torch.softmax(scores, dim=-1)
    weights = torch.where(weights.isnan(), 0.0, weights)
    return weights @ values, weights
