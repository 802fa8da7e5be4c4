"""Sort embeddings into groups, choose how many, and name the groups by keywords."""

from collections.abc import Sequence

import torch
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from torch import Tensor
from torch.nn import functional as F


def cluster(embeddings: Tensor, number: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Sort unit vectors into groups by k-means.

    Args:
        embeddings: unit vectors (vectors, width).
        number: of groups, at most as many as vectors.
        seed: of the starts; the best of five is taken.
    Returns:
        The group of each vector, int64 (vectors,), and the middle of each group as a
        unit vector, (groups, width).
    Raises:
        ValueError: there are fewer vectors than groups.
    """
    if number > len(embeddings):
        raise ValueError(f"{len(embeddings)} vectors can't form {number} groups")
    means = KMeans(number, n_init=5, random_state=seed).fit(embeddings.numpy())
    centres = torch.from_numpy(means.cluster_centers_).to(embeddings)
    groups = torch.from_numpy(means.labels_).long()
    return groups, F.normalize(centres, dim=-1)


def silhouettes(
    embeddings: Tensor, numbers: Sequence[int], seed: int = 0
) -> dict[int, float]:
    """Say how clear-cut the groups are, for several numbers of them.

    With a for the mean distance of a vector to the others of its own group, and b for
    that to the nearest foreign group, its silhouette is (b - a) / max(a, b)
    (Rousseeuw, 1987): 1 at best, 0 on a border. No label is needed.

    Args:
        embeddings: unit vectors (vectors, width).
        numbers: of groups to try, at least 2 each.
    Returns:
        The mean silhouette for each number.
    """
    scores = {}
    for number in numbers:
        groups, _ = cluster(embeddings, number, seed)
        score = silhouette_score(embeddings.numpy(), groups.numpy(), metric="cosine")
        scores[number] = float(score)
    return scores


def name_clusters(
    centres: Tensor, keywords: Sequence[str], embeddings: Tensor, each: int = 1
) -> list[list[str]]:
    """Find the keywords that are nearest to the middle of each group.

    Args:
        centres: unit vectors (groups, width).
        keywords: to choose from.
        embeddings: their unit vectors, (keywords, width).
        each: keywords for a group.
    Returns:
        For each group its keywords, the nearest first.
    """
    nearest = (centres @ embeddings.T).topk(each, dim=1).indices
    return [[keywords[place] for place in row] for row in nearest.tolist()]


def without_difference(embeddings: Tensor, texts: Tensor) -> Tensor:
    """Remove from embeddings whatever tells some texts apart.

    Subtract the mean of the texts, and what is left of them spans the directions in
    which they differ. The parts of the embeddings along these directions are taken
    away (Chuang et al., 2023, do it to the texts of classifiers).

    Args:
        embeddings: unit vectors (vectors, width), of images or of texts.
        texts: unit vectors (texts, width) that differ in one fact, such as a colour.
    Returns:
        Unit vectors (vectors, width).
    """
    differences = texts - texts.mean(dim=0)
    along = torch.linalg.pinv(differences) @ differences  # (width, width)
    return F.normalize(embeddings - embeddings @ along, dim=-1)
