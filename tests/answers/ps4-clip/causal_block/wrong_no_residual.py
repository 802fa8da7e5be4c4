# mistake: 8 nothing is added to the tokens that came in
# loses: causal_block-residual, causal_block-mask
# hint: the tokens that came in are lost
def causal_block(tokens, norm_1, attention, norm_2, expand, contract):
    length = tokens.shape[1]
    mask = torch.ones(length, length, dtype=torch.bool).triu(1)
    x = norm_1(tokens)
    h = expand(norm_2(attention(x, x, x, attn_mask=mask)[0]))
    return contract(h * torch.sigmoid(1.702 * h))
