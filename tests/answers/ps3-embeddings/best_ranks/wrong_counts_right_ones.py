# mistake: right answers that are as similar are counted before
# loses: best_ranks-ties
# hint: other RIGHT answers that are as similar were counted
def best_ranks(similarities, query_images, candidate_images):
    right = query_images[:, None] == candidate_images
    best = similarities.masked_fill(~right, -math.inf).amax(dim=1, keepdim=True)
    ranks = (similarities >= best).sum(dim=1).float()
    return ranks.masked_fill(~right.any(dim=1), math.inf)


def median_rank(ranks):
    ordered = sorted(ranks.tolist())
    return (ordered[len(ordered) // 2] + ordered[(len(ordered) - 1) // 2]) / 2
