# mistake: 34 L2 index on unnormalised vectors
# loses: cosine_search-positions, cosine_search-cosines
# hint: long candidates are far away
def cosine_search(index, queries, candidates, k):
    index.add(candidates)
    squared, positions = index.search(queries, k)
    return 1 - squared / 2, positions
