def split_heads(fused, heads):
    parts = fused.unflatten(-1, (heads, 3, -1))
    return tuple(torch.einsum("bthpd->pbhtd", parts))


def merge_heads(mixed):
    return torch.einsum("bhtd->bthd", mixed).reshape(mixed.shape[0], mixed.shape[2], -1)
