# mistake: 23 causal mask with the other convention: True was meant to be allowed
# loses: causal_block-mask
# hint: True in a mask of booleans means that
def causal_block(tokens, norm_1, attention, norm_2, expand, contract):
    length = tokens.shape[1]
    may_look = torch.ones(length, length, dtype=torch.bool).tril()
    x = norm_1(tokens)
    tokens = tokens + attention(x, x, x, attn_mask=may_look)[0]
    h = expand(norm_2(tokens))
    return tokens + contract(h * torch.sigmoid(1.702 * h))
