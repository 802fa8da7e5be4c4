"""Groups, their number and their names, on clouds whose groups are known."""

import pytest
import torch
from torch.nn import functional as F

from multimodal.clustering import (
    cluster,
    name_clusters,
    silhouettes,
    without_difference,
)


def clouds(number: int, each: int = 15, noise: float = 0.1):
    """Unit vectors around `number` directions, and the direction of each."""
    generator = torch.Generator().manual_seed(0)
    middles = torch.eye(8)[:number].repeat_interleave(each, dim=0)
    vectors = middles + noise * torch.randn(middles.shape, generator=generator)
    return F.normalize(vectors, dim=1), torch.arange(number).repeat_interleave(each)


def test_clouds_are_found_and_their_middles_are_unit_vectors():
    vectors, truth = clouds(4)
    groups, centres = cluster(vectors, 4)
    for group in range(4):
        assert len(set(groups[truth == group].tolist())) == 1
    assert len(set(groups.tolist())) == 4
    torch.testing.assert_close(centres.norm(dim=1), torch.ones(4))
    own = (vectors @ centres.T).argmax(dim=1)
    assert torch.equal(own, groups)
    again, _ = cluster(vectors, 4)
    assert torch.equal(again, groups)


def test_the_true_number_of_clouds_has_the_clearest_groups():
    vectors, _ = clouds(5)
    scores = silhouettes(vectors, [2, 3, 4, 5, 6, 7])
    assert max(scores, key=scores.get) == 5 and scores[5] > 0.8


def test_groups_get_the_names_of_the_nearest_keywords():
    keywords = ["north", "east", "far"]
    embeddings = F.normalize(torch.tensor([[0.0, 1, 0], [1, 0, 0], [0, 0.2, 1]]), dim=1)
    centres = torch.tensor([[1.0, 0, 0], [0, 0.8, 0.6]])
    assert name_clusters(centres, keywords, embeddings, each=2) == [
        ["east", "north"],
        ["north", "far"],
    ]


def test_more_groups_than_vectors_are_refused():
    with pytest.raises(ValueError, match="3 vectors can't form 4 groups"):
        cluster(torch.eye(3), 4)


def test_a_fact_that_is_removed_no_longer_places_a_vector_and_others_still_do():
    """Nouns and two colours add up: only the way from one colour to the other goes."""
    generator = torch.Generator().manual_seed(0)
    nouns, colours = torch.randn(5, 16, generator=generator).split([3, 2])
    base = torch.randn(16, generator=generator)
    texts = base + colours
    images = (nouns[:, None] + texts).flatten(0, 1)
    left = without_difference(images, texts).unflatten(0, (3, 2))
    torch.testing.assert_close(left[:, 0], left[:, 1])
    way = F.normalize(colours[0] - colours[1], dim=0)
    expected = images - (images @ way)[:, None] * way  # what all texts share stays
    expected = F.normalize(expected, dim=1).unflatten(0, (3, 2))
    torch.testing.assert_close(left, expected)
    # three texts of two meanings differ in one direction, as two texts do
    again = without_difference(images, texts[[0, 1, 1]]).unflatten(0, (3, 2))
    torch.testing.assert_close(again, left)
