# mistake: nan is replaced in the result, but stays in the gradients
# loses: cosine_similarities-zero
# hint: replacing nan in the result is too late
def cosine_similarities(queries, candidates):
    queries = queries / queries.norm(dim=-1, keepdim=True)
    candidates = candidates / candidates.norm(dim=-1, keepdim=True)
    return (queries @ candidates.transpose(-1, -2)).nan_to_num(0)
