# mistake: ranks count from 0
# loses: best_ranks-several, best_ranks-ties
# hint: these count from 0
def best_ranks(similarities, query_images, candidate_images):
    ranks = []
    for row, image in zip(similarities, query_images):
        right = candidate_images == image
        if not right.any():
            ranks.append(math.inf)
            continue
        ranks.append((row[~right] >= row[right].max()).sum().item())
    return torch.tensor(ranks, dtype=torch.float32)


def median_rank(ranks):
    ordered = sorted(ranks.tolist())
    return (ordered[len(ordered) // 2] + ordered[(len(ordered) - 1) // 2]) / 2
