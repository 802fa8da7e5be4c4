def masked_attention(queries, keys, values, is_padding):
    bias = torch.zeros(is_padding.shape, dtype=queries.dtype)
    bias[is_padding] = torch.finfo(queries.dtype).min / 2
    scores = queries @ keys.mT / math.sqrt(keys.size(-1)) + bias[:, None, None]
    weights = scores.softmax(-1) * (~is_padding[:, None, None]).to(queries.dtype)
    return weights @ values, weights
