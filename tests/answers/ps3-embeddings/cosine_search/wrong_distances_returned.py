# mistake: distances are taken for similarities
# loses: cosine_search-cosines
# hint: these are the squared distances
def cosine_search(index, queries, candidates, k):
    index.add(F.normalize(candidates))
    return index.search(F.normalize(queries), k)
