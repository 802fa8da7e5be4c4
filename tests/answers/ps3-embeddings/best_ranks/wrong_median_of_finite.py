# mistake: 32 infinite ranks are left out of the median
# loses: best_ranks-median
# hint: the infinite ranks were left out
def best_ranks(similarities, query_images, candidate_images):
    right = query_images[:, None] == candidate_images
    best = similarities.masked_fill(~right, -math.inf).amax(dim=1, keepdim=True)
    ranks = 1.0 + ((similarities >= best) & ~right).sum(dim=1)
    return ranks.masked_fill(~right.any(dim=1), math.inf)


def median_rank(ranks):
    ordered = sorted(rank for rank in ranks.tolist() if rank < math.inf) or [math.inf]
    return (ordered[len(ordered) // 2] + ordered[(len(ordered) - 1) // 2]) / 2
