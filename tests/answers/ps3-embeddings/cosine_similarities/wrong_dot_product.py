# mistake: 14 no L2 norm
# loses: cosine_similarities-lengths
# hint: these are dot products
def cosine_similarities(queries, candidates):
    return queries @ candidates.transpose(-1, -2)
