# mistake: 35 everything is compared with everything, the index is not used
# loses: cosine_search-positions
# hint: the index was not asked
def cosine_search(index, queries, candidates, k):
    index.add(candidates)
    found = (F.normalize(queries) @ F.normalize(candidates).T).topk(k)
    return found.values, found.indices
