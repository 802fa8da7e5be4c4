# mistake: 7 heads merged without transpose
# loses: split_and_merge-merge
# hint: were the heads merged without a transpose
def split_heads(fused, heads):
    batch, tokens, _ = fused.shape
    parts = fused.view(batch, tokens, heads, 3, -1).permute(3, 0, 2, 1, 4)
    return parts[0], parts[1], parts[2]


def merge_heads(mixed):
    batch, heads, tokens, head_width = mixed.shape
    return mixed.reshape(batch, tokens, heads * head_width)
