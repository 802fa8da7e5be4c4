def cosine_similarities(queries, candidates):
    def length(vectors):
        return vectors.norm(dim=-1).clamp_min(1e-12)

    products = queries @ candidates.mT
    return products / length(queries)[..., :, None] / length(candidates)[..., None, :]
