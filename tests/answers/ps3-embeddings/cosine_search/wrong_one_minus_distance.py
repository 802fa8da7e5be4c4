# mistake: the cosine is taken for 1 minus the distance
# loses: cosine_search-cosines
# hint: a number is missing in the equation
def cosine_search(index, queries, candidates, k):
    index.add(F.normalize(candidates))
    squared, positions = index.search(F.normalize(queries), k)
    return 1 - squared, positions
