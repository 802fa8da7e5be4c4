def unit(vector):
    squares = (vector * vector).sum()
    if squares == 0:
        return vector
    return vector / squares.sqrt()


def cosine_similarities(queries, candidates):
    if queries.dim() > 2:
        pairs = zip(queries, candidates, strict=True)
        return torch.stack([cosine_similarities(q, c) for q, c in pairs])
    rows = []
    for query in queries:
        row = [torch.dot(unit(query), unit(candidate)) for candidate in candidates]
        rows.append(torch.stack(row))
    return torch.stack(rows)
