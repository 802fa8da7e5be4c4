# mistake: a small number is added to every length
# loses: cosine_similarities-lengths
# hint: Was a small number added to the length
def cosine_similarities(queries, candidates):
    queries = queries / (queries.norm(dim=-1, keepdim=True) + 1e-8)
    candidates = candidates / (candidates.norm(dim=-1, keepdim=True) + 1e-8)
    return queries @ candidates.transpose(-1, -2)
