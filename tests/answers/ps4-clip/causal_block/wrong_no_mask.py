# mistake: 23 no causal mask
# loses: causal_block-mask
# hint: do they see what comes after them
def causal_block(tokens, norm_1, attention, norm_2, expand, contract):
    x = norm_1(tokens)
    tokens = tokens + attention(x, x, x)[0]
    h = expand(norm_2(tokens))
    return tokens + contract(h * torch.sigmoid(1.702 * h))
