# mistake: torch.median takes the lower of the two in the middle
# loses: best_ranks-median
# hint: this is the lower of the two
def best_ranks(similarities, query_images, candidate_images):
    right = query_images[:, None] == candidate_images
    best = similarities.masked_fill(~right, -math.inf).amax(dim=1, keepdim=True)
    ranks = 1.0 + ((similarities >= best) & ~right).sum(dim=1)
    return ranks.masked_fill(~right.any(dim=1), math.inf)


def median_rank(ranks):
    return ranks.median().item()
