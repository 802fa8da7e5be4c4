# mistake: 23 a token may not look at itself
# loses: causal_block-mask
# hint: each token may look at itself
def causal_block(tokens, norm_1, attention, norm_2, expand, contract):
    length = tokens.shape[1]
    mask = torch.ones(length, length, dtype=torch.bool).triu(0)
    x = norm_1(tokens)
    tokens = tokens + attention(x, x, x, attn_mask=mask)[0]
    h = expand(norm_2(tokens))
    return tokens + contract(h * torch.sigmoid(1.702 * h))
