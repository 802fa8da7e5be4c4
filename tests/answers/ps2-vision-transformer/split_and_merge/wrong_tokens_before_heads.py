# mistake: 7 split without moving the heads' axis
# loses: split_and_merge-tokens, split_and_merge-layout
# hint: the heads' axis has to come before the tokens'
def split_heads(fused, heads):
    return fused.unflatten(-1, (heads, 3, -1)).unbind(dim=3)


def merge_heads(mixed):
    return mixed.transpose(1, 2).flatten(2)
