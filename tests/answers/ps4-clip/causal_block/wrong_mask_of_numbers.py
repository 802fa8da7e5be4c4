# mistake: 23 a mask of zeros and ones is added to the scores
# loses: causal_block-mask
# hint: do they see what comes after them
def causal_block(tokens, norm_1, attention, norm_2, expand, contract):
    length = tokens.shape[1]
    mask = torch.ones(length, length, dtype=tokens.dtype).tril()
    x = norm_1(tokens)
    tokens = tokens + attention(x, x, x, attn_mask=mask)[0]
    h = expand(norm_2(tokens))
    return tokens + contract(h * torch.sigmoid(1.702 * h))
