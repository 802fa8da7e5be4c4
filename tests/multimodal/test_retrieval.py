"""Retrieval is measured as it would be by sorting and looking, ties included."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from multimodal.retrieval import (
    chance_recall,
    cosine_table,
    measure_retrieval,
    ranks,
    recall_at_k,
)


def sorted_rank(similarities: list, correct: list) -> int:
    """Sort the candidates, wrong ones first among equals; find a right one."""
    order = sorted(zip(similarities, correct, strict=True), key=lambda c: (-c[0], c[1]))
    return 1 + [right for _, right in order].index(True)


@st.composite
def searches(draw) -> tuple[Tensor, Tensor]:
    """Few different similarities, so that many are equal; any number of answers."""
    queries, candidates = draw(st.integers(1, 5)), draw(st.integers(1, 12))
    shape = (queries, candidates)
    seed = draw(st.integers(0, 10_000))
    generator = torch.Generator().manual_seed(seed)
    levels = draw(st.sampled_from([1, 2, 4, 100]))
    similarities = torch.randint(levels, shape, generator=generator) / 10 - 0.3
    correct = torch.rand(shape, generator=generator) < draw(st.floats(0, 1))
    sure = torch.randint(candidates, (queries,), generator=generator)
    correct[torch.arange(queries), sure] = True
    return similarities, correct


@settings(max_examples=200, deadline=None)
@given(search=searches(), k=st.integers(1, 14))
def test_ranks_and_recall_equal_those_of_sorting(search, k):
    similarities, correct = search
    expected = [
        sorted_rank(*row)
        for row in zip(similarities.tolist(), correct.tolist(), strict=True)
    ]
    assert ranks(similarities, correct).tolist() == expected
    share = np.mean([rank <= k for rank in expected])
    assert recall_at_k(similarities, correct, k) == pytest.approx(share)
    result = measure_retrieval(similarities, correct, ks=(1, k))
    assert result.recall[k] == pytest.approx(share)
    assert result.median_rank == pytest.approx(np.median(expected))
    assert result.pool == similarities.shape[1]


def test_a_model_that_says_the_same_of_everything_finds_nothing():
    right = torch.eye(100, dtype=torch.bool)
    result = measure_retrieval(torch.ones(100, 100), right)
    assert result.recall == {1: 0.0, 5: 0.0, 10: 0.0} and result.median_rank == 100


def test_one_of_several_right_answers_is_enough():
    similarities = torch.tensor([[0.1, 0.9, 0.5, 0.2], [0.1, 0.9, 0.5, 0.2]])
    correct = torch.tensor([[1, 0, 1, 0], [1, 0, 0, 1]]).bool()
    assert ranks(similarities, correct).tolist() == [2, 3]
    assert recall_at_k(similarities, correct, 2) == 0.5
    equal = torch.tensor([[1, 1, 1, 1]]).bool()  # all candidates are right
    assert ranks(torch.zeros(1, 4), equal).tolist() == [1]


def test_a_result_is_written_with_its_pool():
    result = measure_retrieval(torch.eye(2000), torch.eye(2000).bool())
    assert str(result) == "R@1 1.000, R@5 1.000, R@10 1.000, median rank 1 of 2,000"


def test_queries_without_an_answer_and_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"similarities \(2, 3\).*answers \(3, 2\)"):
        ranks(torch.zeros(2, 3), torch.ones(3, 2).bool())
    correct = torch.tensor([[True, False], [False, False]])
    with pytest.raises(ValueError, match="no right answer"):
        measure_retrieval(torch.zeros(2, 2), correct)


@pytest.mark.parametrize(("candidates", "k"), [(5, 1), (5, 2), (6, 3), (4, 4), (3, 7)])
def test_chance_is_the_share_of_all_orders_that_find_an_answer(candidates, k):
    """Every order of the candidates is tried."""
    counts = range(1, candidates + 1)
    correct = torch.tensor([[n < count for n in range(candidates)] for count in counts])
    orders = list(itertools.permutations(range(candidates)))
    found = [[row[list(order[:k])].any() for order in orders] for row in correct]
    assert chance_recall(correct, k) == pytest.approx(np.mean(found))


def test_chance_with_one_answer_is_k_out_of_the_pool():
    right = torch.eye(1000, dtype=torch.bool)
    for k in (1, 5, 10, 1000, 2000):
        assert chance_recall(right, k) == pytest.approx(min(1, k / 1000))


def test_random_vectors_find_as_much_as_chance():
    generator = torch.Generator().manual_seed(0)
    correct = torch.rand(3000, 60, generator=generator) < 0.05
    correct[:, 0] = True
    similarities = torch.rand(correct.shape, generator=generator)
    for k in (1, 5, 10):
        measured = recall_at_k(similarities, correct, k)
        assert measured == pytest.approx(chance_recall(correct, k), abs=0.03)


class Towers:
    """A model that reads the numbers off its input: image i and text j meet once."""

    def encode_image(self, numbers: Tensor) -> Tensor:
        return torch.eye(3)[numbers]

    def encode_text(self, numbers: Tensor) -> Tensor:
        return torch.tensor([[0.9, 0.3, 0.5], [0.1, 0.8, 0.6], [0.2, 0.4, 0.7]])[
            numbers
        ]


def test_a_table_of_cosines_has_images_as_rows_and_texts_as_columns():
    images = [Image.new("L", (1, 1), value) for value in range(3)]
    table = cosine_table(
        Towers(),
        tokenizer=lambda texts: torch.tensor([int(text) for text in texts]),
        prepare=lambda images: torch.tensor([i.getpixel((0, 0)) for i in images]),
        images=images,
        texts=["0", "1", "2"],
    )
    expected = torch.tensor([[0.9, 0.1, 0.2], [0.3, 0.8, 0.4], [0.5, 0.6, 0.7]])
    torch.testing.assert_close(table, expected)
    assert not torch.allclose(expected, expected.T)
