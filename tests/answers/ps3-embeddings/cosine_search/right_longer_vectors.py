def cosine_search(index, queries, candidates, k):
    # On a sphere of radius 2, the squared distance is 8 - 8 cos.
    index.add(2 * F.normalize(candidates, dim=-1))
    squared, positions = index.search(2 * F.normalize(queries, dim=-1), k)
    return [1 - squared / 8, positions]
