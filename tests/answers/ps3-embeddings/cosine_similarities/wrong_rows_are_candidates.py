# mistake: the matrix is turned round, so its axes are the other way
# loses: cosine_similarities-layout
# hint: queries and candidates changed places
def cosine_similarities(queries, candidates):
    queries, candidates = F.normalize(queries, dim=-1), F.normalize(candidates, dim=-1)
    return candidates @ queries.transpose(-1, -2)
