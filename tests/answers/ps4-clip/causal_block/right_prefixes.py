def causal_block(tokens, norm_1, attention, norm_2, expand, contract):
    normed = norm_1(tokens)
    seen = []
    for place in range(tokens.shape[1]):
        begin = normed[:, : place + 1]
        out, _ = attention(begin[:, -1:], begin, begin)
        seen.append(out)
    middle = torch.cat(seen, dim=1).add(tokens)
    hidden = expand(norm_2(middle))
    return contract(F.silu(1.702 * hidden) / 1.702) + middle
