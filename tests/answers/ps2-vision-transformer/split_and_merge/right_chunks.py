def split_heads(fused, heads):
    per_head = [piece.chunk(3, dim=-1) for piece in fused.chunk(heads, dim=-1)]
    queries, keys, values = (torch.stack(part, 1) for part in zip(*per_head))
    return queries, keys, values


def merge_heads(mixed):
    return torch.cat(mixed.unbind(1), dim=-1)
