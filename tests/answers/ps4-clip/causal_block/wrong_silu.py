# mistake: 22 SiLU for QuickGELU
# loses: causal_block-activation
# hint: which has no factor 1.702
def causal_block(tokens, norm_1, attention, norm_2, expand, contract):
    length = tokens.shape[1]
    mask = torch.ones(length, length, dtype=torch.bool).triu(1)
    x = norm_1(tokens)
    tokens = tokens + attention(x, x, x, attn_mask=mask)[0]
    h = expand(norm_2(tokens))
    return tokens + contract(F.silu(h))
