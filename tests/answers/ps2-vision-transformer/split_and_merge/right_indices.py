def split_heads(fused, heads):
    batch, tokens, size = fused.shape
    d = size // heads // 3
    index = torch.arange(size).view(heads, 3, d)
    q, k, v = (fused[:, :, index[:, part]].permute(0, 2, 1, 3) for part in range(3))
    return q, k, v


def merge_heads(mixed):
    batch, heads, tokens, d = mixed.shape
    out = mixed.new_empty(batch, tokens, heads * d)
    for head in range(heads):
        out[:, :, head * d : (head + 1) * d] = mixed[:, head]
    return out
