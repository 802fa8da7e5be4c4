# mistake: the squared distance is squared
# loses: cosine_search-cosines
# hint: were they squared again
def cosine_search(index, queries, candidates, k):
    index.add(F.normalize(candidates))
    squared, positions = index.search(F.normalize(queries), k)
    return 1 - squared**2 / 2, positions
