def cosine_search(index, queries, candidates, k):
    q, c = F.normalize(queries), F.normalize(candidates)
    index.add(c)
    _, positions = index.search(q, k)
    cosines = torch.einsum("qw,qkw->qk", q, c[positions])
    return cosines, positions
