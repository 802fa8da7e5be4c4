"""The two simple spaces of chapter 3 and their projection into one."""

import torch
from torch.nn import functional as F

from multimodal.embedding_space import (
    BagOfWords,
    JointSpace,
    cosine_similarity,
    spread,
)


def test_words_are_counted_in_any_order_and_unknown_ones_left_out():
    bag = BagOfWords(["a red hat on a chair", "a cat"])
    assert bag.words == ["a", "cat", "chair", "hat", "on", "red"]
    counts = bag(["A cat, a CAT and a dog", "hat red a", "a red hat"])
    assert counts[0].tolist() == [3, 2, 0, 0, 0, 0]
    assert torch.equal(counts[1], counts[2])
    assert bag([]).shape == (0, 6)


def test_cosines_equal_those_of_torch_whatever_the_lengths():
    generator = torch.Generator().manual_seed(0)
    one, other = torch.randn(3, 5, generator=generator), torch.randn(4, 5)
    expected = F.cosine_similarity(one[:, None], other[None], dim=-1)
    torch.testing.assert_close(cosine_similarity(one, other), expected)
    torch.testing.assert_close(cosine_similarity(7 * one, 0.1 * other), expected)


def test_spread_is_the_mean_distance_of_different_vectors():
    vectors = torch.randn(5, 3, generator=torch.Generator().manual_seed(1))
    distances = [
        1 - F.cosine_similarity(vectors[i], vectors[j], dim=0).item()
        for i in range(5)
        for j in range(5)
        if i != j
    ]
    assert abs(spread(vectors) - sum(distances) / 20) < 1e-6
    assert abs(spread(torch.ones(4, 3))) < 1e-6


def test_each_side_has_a_projection_of_its_own():
    space = JointSpace(image_width=4, text_width=7, width=3)
    images, texts = space(torch.randn(2, 4), torch.randn(5, 7))
    assert images.shape == (2, 3) and texts.shape == (5, 3)
