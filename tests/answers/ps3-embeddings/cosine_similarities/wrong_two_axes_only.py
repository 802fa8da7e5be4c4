# mistake: .T turns round all axes
# loses: cosine_similarities-layout
# hint: turns round all axes
def cosine_similarities(queries, candidates):
    return F.normalize(queries, dim=-1) @ F.normalize(candidates, dim=-1).T
