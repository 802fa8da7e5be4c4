# mistake: 14 a length of 0 is divided by
# loses: cosine_similarities-zero
# hint: leads to nan
def cosine_similarities(queries, candidates):
    queries = queries / queries.norm(dim=-1, keepdim=True)
    candidates = candidates / candidates.norm(dim=-1, keepdim=True)
    return queries @ candidates.transpose(-1, -2)
