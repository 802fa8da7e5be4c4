# mistake: softmax over nothing but minus infinity
# loses: masked_attention-empty
# hint: a softmax over nothing but -inf divides 0 by 0
def masked_attention(queries, keys, values, is_padding):
    scores = queries @ keys.transpose(-2, -1) / math.sqrt(queries.shape[-1])
    scores = scores.masked_fill(is_padding[:, None, None, :], -torch.inf)
    weights = scores.softmax(dim=-1)
    return weights @ values, weights
