def cosine_similarities(queries, candidates):
    pairs = queries.unsqueeze(-2), candidates.unsqueeze(-3)
    return F.cosine_similarity(*pairs, dim=-1, eps=1e-14)
