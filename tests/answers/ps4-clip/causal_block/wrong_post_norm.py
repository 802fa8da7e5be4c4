# mistake: 8 post-LN block
# loses: causal_block-residual
# hint: the result of an addition is normalised
def causal_block(tokens, norm_1, attention, norm_2, expand, contract):
    length = tokens.shape[1]
    mask = torch.ones(length, length, dtype=torch.bool).triu(1)
    tokens = norm_1(tokens + attention(tokens, tokens, tokens, attn_mask=mask)[0])
    h = expand(tokens)
    return norm_2(tokens + contract(h * torch.sigmoid(1.702 * h)))
