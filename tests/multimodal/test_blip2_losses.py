"""The losses of BLIP-2's first stage are what plain loops give."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from multimodal.blip2_losses import (
    IGNORED,
    itc_loss,
    itc_similarity,
    itm_loss,
    next_token_loss,
    pair_logits,
    rerank,
    same_pairs,
    sample_hard_negatives,
)


def unit_vectors(*shape: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(shape, generator=generator).double(), dim=-1)


def smoothed_cross_entropy(logits: list[float], right: int, smoothing: float) -> float:
    """The right class gets 1 - smoothing, and all share the rest."""
    total = sum(math.exp(value) for value in logits)
    shares = [smoothing / len(logits)] * len(logits)
    shares[right] += 1 - smoothing
    return -sum(
        share * (value - math.log(total))
        for share, value in zip(shares, logits, strict=True)
    )


@pytest.mark.parametrize("batch, queries", [(1, 1), (1, 3), (4, 1), (5, 3)])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_itc_is_what_loops_give(batch, queries, smoothing):
    images = unit_vectors(batch, queries, 6, seed=batch)
    texts = unit_vectors(batch, 6, seed=queries + 10)
    temperature, expected = 0.3, 0.0
    similarity = [
        [max(float(query @ text) for query in image) for text in texts]
        for image in images
    ]
    for own in range(batch):
        row = [similarity[own][text] / temperature for text in range(batch)]
        column = [similarity[image][own] / temperature for image in range(batch)]
        expected += smoothed_cross_entropy(row, own, smoothing)
        expected += smoothed_cross_entropy(column, own, smoothing)
    loss = itc_loss(*pair_logits(images, texts, temperature), smoothing)
    assert loss.item() == pytest.approx(expected / (2 * batch), abs=1e-10)
    table = torch.tensor(similarity).double()
    torch.testing.assert_close(itc_similarity(images, texts), table)


def test_the_query_most_like_a_text_gets_all_the_gradient():
    images = unit_vectors(2, 3, 6, seed=0).requires_grad_()
    texts = unit_vectors(4, 6, seed=1)
    itc_similarity(images, texts)[1, 2].backward()
    best = (images[1] @ texts[2]).argmax()
    expected = torch.zeros_like(images)
    expected[1, best] = texts[2]
    torch.testing.assert_close(images.grad, expected)


def test_hard_negatives_are_drawn_as_often_as_their_softmax_says():
    logits = torch.tensor([[9.0, 1.0, 0.0, 2.0], [0.5, 9.0, 0.0, -1.0]])
    forbidden = torch.eye(2, 4, dtype=torch.bool)
    forbidden[0, 3] = True  # the likest one has the same caption
    torch.manual_seed(0)
    draws, counts = 4000, torch.zeros(2, 4)
    for row in (0, 1):
        rows = torch.full((draws,), row)
        drawn = sample_hard_negatives(logits[rows], forbidden[rows])
        counts[row] = drawn.bincount(minlength=4)
    for row, allowed in ((0, [1, 2]), (1, [0, 2, 3])):
        total = sum(math.exp(logits[row, column]) for column in allowed)
        for column in range(4):
            share = math.exp(logits[row, column]) / total if column in allowed else 0
            deviation = math.sqrt(share * (1 - share) / draws)
            assert abs(counts[row, column] / draws - share) <= 5 * deviation


def test_a_forbidden_candidate_is_never_drawn_even_if_all_else_is_far():
    """Where softmax comes before masking, the allowed ones all have probability 0."""
    logits = torch.tensor([[500.0, 0.0, 1.0]])
    forbidden = torch.tensor([[True, False, False]])
    assert all(sample_hard_negatives(logits, forbidden).item() for _ in range(20))


def test_a_batch_of_one_kind_is_refused():
    with pytest.raises(ValueError, match="Make the batch larger"):
        sample_hard_negatives(torch.zeros(2, 2), torch.eye(2) == torch.eye(2))


def test_equal_captions_and_equal_images_are_no_wrong_answers():
    ids = torch.tensor([[5, 6], [5, 7], [5, 6], [8, 6]])
    assert same_pairs(ids).int().tolist() == [
        [1, 0, 1, 0],
        [0, 1, 0, 0],
        [1, 0, 1, 0],
        [0, 0, 0, 1],
    ]
    assert same_pairs(ids, torch.tensor([3, 4, 9, 4])).int().tolist() == [
        [1, 0, 1, 0],
        [0, 1, 0, 1],
        [1, 0, 1, 0],
        [0, 1, 0, 1],
    ]


def test_itm_is_what_loops_give():
    logits = torch.randn(9, 2, generator=torch.Generator().manual_seed(0)).double()
    expected = sum(
        smoothed_cross_entropy(row.tolist(), int(place < 3), 0.0)
        for place, row in enumerate(logits)
    )
    assert itm_loss(logits).item() == pytest.approx(expected / 9, abs=1e-10)
    blind = torch.tensor([2 / 3, 1 / 3]).log().expand(9, 2)
    assert itm_loss(blind).item() == pytest.approx(0.6365, abs=1e-4)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_each_token_foretells_the_one_after_it(smoothing):
    logits = torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(0)).double()
    labels = torch.tensor([[3, 1, 0, 4], [2, IGNORED, 1, IGNORED]])
    losses = [
        smoothed_cross_entropy(
            logits[text, place].tolist(), int(labels[text, place + 1]), smoothing
        )
        for text in range(2)
        for place in range(3)
        if labels[text, place + 1] != IGNORED
    ]
    assert len(losses) == 4
    found = next_token_loss(logits, labels, smoothing).item()
    assert found == pytest.approx(sum(losses) / 4, abs=1e-10)


def test_reranking_orders_the_best_anew_and_leaves_the_others_behind():
    similarity = torch.tensor([[0.9, 0.1, 0.5, 0.8], [0.2, 0.7, 0.6, 0.1]])
    logits = torch.tensor([[-2.0, 9.0, 3.0, 1.0], [9.0, 1.0, 5.0, 9.0]])
    asked = []

    def match(query: int, candidates: Tensor) -> Tensor:
        asked.append((query, sorted(candidates.tolist())))
        return logits[query, candidates]

    scores = rerank(similarity, match, k=3)
    assert asked == [(0, [0, 2, 3]), (1, [0, 1, 2])]
    order = scores.argsort(dim=1, descending=True)
    assert order.tolist() == [[2, 3, 0, 1], [0, 2, 1, 3]]
    assert scores[0, 2].item() == pytest.approx(3.5)
    everything = rerank(similarity, match, k=100)
    torch.testing.assert_close(everything, similarity + logits)
