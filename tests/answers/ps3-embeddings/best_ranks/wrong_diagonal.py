# mistake: 32 the right answer is taken to be on the diagonal
# loses: best_ranks-several, best_ranks-ties, best_ranks-absent
# hint: on the diagonal
def best_ranks(similarities, query_images, candidate_images):
    own = similarities.diagonal()[:, None]
    ranks = (similarities >= own).sum(dim=1).float()
    return ranks


def median_rank(ranks):
    ordered = sorted(ranks.tolist())
    return (ordered[len(ordered) // 2] + ordered[(len(ordered) - 1) // 2]) / 2
