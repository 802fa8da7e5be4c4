# mistake: similarities are sorted like distances
# loses: best_ranks-several, best_ranks-ties
# hint: the smallest similarity comes first
def best_ranks(similarities, query_images, candidate_images):
    ranks = []
    for row, image in zip(similarities, query_images):
        right = candidate_images == image
        if not right.any():
            ranks.append(math.inf)
            continue
        ranks.append(1.0 + (row[~right] <= row[right].min()).sum().item())
    return torch.tensor(ranks)


def median_rank(ranks):
    ordered = sorted(ranks.tolist())
    return (ordered[len(ordered) // 2] + ordered[(len(ordered) - 1) // 2]) / 2
