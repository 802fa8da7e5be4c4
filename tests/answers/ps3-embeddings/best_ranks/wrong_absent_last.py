# mistake: a query without an answer gets a rank within reach
# loses: best_ranks-absent
# hint: it should be infinity
def best_ranks(similarities, query_images, candidate_images):
    right = query_images[:, None] == candidate_images
    best = similarities.masked_fill(~right, -math.inf).amax(dim=1, keepdim=True)
    return 1.0 + ((similarities >= best) & ~right).sum(dim=1)


def median_rank(ranks):
    ordered = sorted(ranks.tolist())
    return (ordered[len(ordered) // 2] + ordered[(len(ordered) - 1) // 2]) / 2
