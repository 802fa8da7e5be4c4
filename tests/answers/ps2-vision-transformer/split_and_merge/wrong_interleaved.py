# mistake: 7 the heads' axis is moved behind the head's width
# loses: split_and_merge-merge
# hint: the heads' numbers are interleaved
def split_heads(fused, heads):
    parts = fused.unflatten(-1, (heads, 3, -1)).transpose(1, 2)
    return parts[..., 0, :], parts[..., 1, :], parts[..., 2, :]


def merge_heads(mixed):
    return mixed.permute(0, 2, 3, 1).flatten(2)
