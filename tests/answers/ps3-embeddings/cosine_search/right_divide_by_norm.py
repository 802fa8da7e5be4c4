def cosine_search(index, queries, candidates, k):
    index.add(candidates / candidates.norm(dim=1, keepdim=True))
    distances, positions = index.search(queries / queries.norm(dim=1, keepdim=True), k)
    cosines = (2 - distances) / 2
    return cosines, positions
