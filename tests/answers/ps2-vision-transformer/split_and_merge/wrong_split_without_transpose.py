# mistake: 7 heads split without transpose
# loses: split_and_merge-tokens, split_and_merge-layout
# hint: the numbers of different tokens are mixed
def split_heads(fused, heads):
    batch, tokens, size = fused.shape
    head_width = size // (3 * heads)
    queries, keys, values = fused.chunk(3, dim=-1)
    shape = (batch, heads, tokens, head_width)
    return queries.reshape(shape), keys.reshape(shape), values.reshape(shape)


def merge_heads(mixed):
    return mixed.permute(0, 2, 1, 3).flatten(2)
