"""Zero-shot classification and calibration, against sums written out."""

import pytest
import torch
from torch.nn import functional as F

from multimodal import zero_shot
from multimodal.zero_shot import (
    calibration,
    class_embeddings,
    classify,
    expected_calibration_error,
)

VECTORS = {
    "a cat": [1.0, 0.0], "cat!": [0.0, 1.0], "a dog": [0.6, 0.8], "dog!": [0.6, -0.8],
}  # fmt: skip


@pytest.fixture
def texts_from_a_table(monkeypatch):
    """A text tower that knows four texts."""

    def embed(model, tokenizer, texts):
        return torch.tensor([VECTORS[text] for text in texts])

    monkeypatch.setattr(zero_shot, "embed_texts", embed)


def test_prompts_are_averaged_and_normalised_again(texts_from_a_table):
    classes = class_embeddings(None, None, ["cat", "dog"], ["a {}", "{}!"])
    half = 0.5**0.5
    expected = torch.tensor([[half, half], [1.0, 0.0]])
    torch.testing.assert_close(classes, expected)


def test_a_prompt_without_a_place_is_refused(texts_from_a_table):
    for prompts in (["a cat"], []):
        with pytest.raises(ValueError, match="needs a place"):
            class_embeddings(None, None, ["cat"], prompts)


def test_probabilities_follow_the_scaled_cosines():
    images = F.normalize(torch.randn(3, 4, generator=torch.Generator().manual_seed(0)))
    classes = F.normalize(torch.eye(4) + 0.1)
    probabilities = classify(images, classes, 7.0)
    exponentials = torch.tensor(
        [[torch.exp(7 * (a * b).sum()) for b in classes] for a in images]
    )
    expected = exponentials / exponentials.sum(dim=1, keepdim=True)
    torch.testing.assert_close(probabilities, expected)


def test_calibration_of_a_table_counted_by_hand():
    """Two answers at 0.9 of which one is right, two at 0.6 that are both right."""
    probabilities = torch.tensor([[0.9, 0.1], [0.1, 0.9], [0.6, 0.4], [0.4, 0.6]])
    labels = torch.tensor([0, 0, 0, 1])
    confidence, accuracy, share = calibration(probabilities.double(), labels, bins=4)
    assert confidence[3].item() == pytest.approx(0.9)
    assert accuracy[3].item() == 0.5 and accuracy[2].item() == 1.0
    assert share.tolist() == [0, 0, 0.5, 0.5]
    assert confidence[0].isnan() and accuracy[0].isnan()
    error = expected_calibration_error(probabilities.double(), labels, bins=4)
    assert error == pytest.approx(0.5 * 0.4 + 0.5 * 0.4)


def test_a_calibrated_classifier_has_no_error_and_certainty_has_its_bin():
    generator = torch.Generator().manual_seed(0)
    p = 0.5 + torch.rand(40_000, generator=generator) / 2
    labels = (torch.rand(40_000, generator=generator) > p).long()
    assert expected_calibration_error(torch.stack([p, 1 - p], dim=1), labels) < 0.02
    sure = torch.tensor([[1.0, 0.0]])
    assert calibration(sure, torch.tensor([0]))[2][-1] == 1
