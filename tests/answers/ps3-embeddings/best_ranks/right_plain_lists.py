import statistics


def best_ranks(similarities, query_images, candidate_images):
    result = []
    for row, image in zip(similarities.tolist(), query_images.tolist()):
        good = [s for s, c in zip(row, candidate_images.tolist()) if c == image]
        bad = [s for s, c in zip(row, candidate_images.tolist()) if c != image]
        if not good:
            result.append(float("inf"))
            continue
        rank = 1
        for s in bad:
            if s >= max(good):
                rank += 1
        result.append(float(rank))
    return torch.tensor(result, dtype=torch.float64)


def median_rank(ranks):
    return statistics.median(ranks.tolist())
