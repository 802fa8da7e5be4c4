def best_ranks(similarities, query_images, candidate_images):
    right = query_images[:, None] == candidate_images[None, :]
    best = similarities.masked_fill(~right, -math.inf).amax(dim=1, keepdim=True)
    before = ((similarities >= best) & ~right).sum(dim=1)
    ranks = 1.0 + before
    ranks[~right.any(dim=1)] = math.inf
    return ranks


def median_rank(ranks):
    ordered = ranks.sort().values
    n = len(ordered)
    if n % 2:
        return ordered[n // 2].item()
    return (ordered[n // 2 - 1].item() + ordered[n // 2].item()) / 2
