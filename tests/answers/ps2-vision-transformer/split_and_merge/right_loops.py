def split_heads(fused, heads):
    head_width = fused.shape[-1] // (3 * heads)
    queries, keys, values = [], [], []
    for head in range(heads):
        start = 3 * head_width * head
        queries.append(fused[..., start : start + head_width])
        keys.append(fused[..., start + head_width : start + 2 * head_width])
        values.append(fused[..., start + 2 * head_width : start + 3 * head_width])
    return [torch.stack(part, dim=1) for part in (queries, keys, values)]


def merge_heads(mixed):
    return torch.cat([mixed[:, head] for head in range(mixed.shape[1])], dim=2)
