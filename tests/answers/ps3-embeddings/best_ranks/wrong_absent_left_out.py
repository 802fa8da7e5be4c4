# mistake: 32 queries without an answer are left out
# loses: best_ranks-absent
# hint: were the queries without a right answer left out
def best_ranks(similarities, query_images, candidate_images):
    ranks = []
    for row, image in zip(similarities, query_images):
        right = candidate_images == image
        if right.any():
            ranks.append(1.0 + (row[~right] >= row[right].max()).sum().item())
    return torch.tensor(ranks)


def median_rank(ranks):
    ordered = sorted(ranks.tolist())
    return (ordered[len(ordered) // 2] + ordered[(len(ordered) - 1) // 2]) / 2
