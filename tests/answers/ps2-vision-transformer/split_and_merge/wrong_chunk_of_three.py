# mistake: all queries, all keys, all values, as in the chapter
# loses: split_and_merge-layout
# hint: the vector was cut into all queries, all keys, all values
def split_heads(fused, heads):
    queries, keys, values = (
        part.unflatten(-1, (heads, -1)).transpose(1, 2) for part in fused.chunk(3, -1)
    )
    return queries, keys, values


def merge_heads(mixed):
    return mixed.transpose(1, 2).flatten(2)
