def cosine_search(index, queries, candidates, k):
    for candidate in candidates:
        index.add((candidate / math.sqrt(sum(x * x for x in candidate)))[None])
    cosines, positions = [], []
    for query in queries:
        found = index.search((query / math.sqrt(sum(x * x for x in query)))[None], k)
        cosines.append([1 - float(d) / 2 for d in found[0][0]])
        positions.append([int(p) for p in found[1][0]])
    return torch.tensor(cosines, dtype=queries.dtype), torch.tensor(positions)
