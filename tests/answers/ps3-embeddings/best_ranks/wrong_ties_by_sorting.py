# mistake: ties as the sorting happens to leave them
# loses: best_ranks-ties
# hint: wrong candidates that are as similar as the right one are taken to come after
def best_ranks(similarities, query_images, candidate_images):
    ranks = []
    for row, image in zip(similarities, query_images):
        order = row.argsort(descending=True, stable=True)
        hits = (candidate_images[order] == image).nonzero().flatten()
        ranks.append(hits[0].item() + 1 if len(hits) else math.inf)
    return torch.tensor(ranks).float()


def median_rank(ranks):
    ordered = sorted(ranks.tolist())
    return (ordered[len(ordered) // 2] + ordered[(len(ordered) - 1) // 2]) / 2
