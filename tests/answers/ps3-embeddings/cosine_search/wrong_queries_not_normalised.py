# mistake: 34 only the candidates are normalised: the order is right, the numbers are not
# loses: cosine_search-cosines
# hint: Have the queries
def cosine_search(index, queries, candidates, k):
    index.add(F.normalize(candidates))
    squared, positions = index.search(queries, k)
    return 1 - squared / 2, positions
