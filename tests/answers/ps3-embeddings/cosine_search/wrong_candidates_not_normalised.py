# mistake: 34 only the queries are normalised
# loses: cosine_search-positions
# hint: the queries were normalised, the candidates were not
def cosine_search(index, queries, candidates, k):
    index.add(candidates)
    squared, positions = index.search(F.normalize(queries), k)
    return 1 - squared / 2, positions
