def causal_block(tokens, norm_1, attention, norm_2, expand, contract):
    length = tokens.shape[1]
    mask = torch.full((length, length), -torch.inf, dtype=tokens.dtype).triu(1)
    x = norm_1(tokens)
    y = tokens + attention(query=x, key=x, value=x, attn_mask=mask)[0]
    h = expand(norm_2(y))
    return y + contract(h / (1 + torch.exp(-1.702 * h)))
