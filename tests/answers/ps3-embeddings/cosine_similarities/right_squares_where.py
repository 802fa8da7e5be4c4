def cosine_similarities(queries, candidates):
    squares = [(x**2).sum(dim=-1, keepdim=True) for x in (queries, candidates)]
    safe = [torch.where(s > 0, s, torch.ones_like(s)) for s in squares]
    q, c = queries * safe[0].rsqrt(), candidates * safe[1].rsqrt()
    return torch.matmul(q, c.transpose(-1, -2))
