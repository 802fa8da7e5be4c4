import numpy as np


def best_ranks(similarities, query_images, candidate_images):
    ranks = []
    for row, image in zip(similarities.numpy(), query_images.numpy()):
        right = candidate_images.numpy() == image
        # Descending similarity; among equal ones, wrong candidates (False) first.
        order = np.lexsort((right, -row))
        places = np.flatnonzero(right[order])
        ranks.append(places[0] + 1 if len(places) else np.inf)
    return torch.tensor(np.array(ranks, dtype=np.float32))


def median_rank(ranks):
    with np.errstate(all="ignore"):
        return float(np.median(ranks.numpy()))
