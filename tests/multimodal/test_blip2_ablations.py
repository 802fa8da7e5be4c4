"""Each switch of stage 1 does what it says and nothing else."""

import pytest
import torch
from torch import Tensor

from multimodal import blip2_ablations
from multimodal.blip2_ablations import (
    Stage1Switches,
    matching_table,
    measure_recall,
    switched_stage1_loss,
)
from multimodal.blip2_stage1 import Blip2Stage1, Stage1Config
from multimodal.blip2_training import match_logit
from multimodal.qformer import QFormerConfig, real_tokens

END, VOCABULARY = 18, 20


@pytest.fixture
def model() -> Blip2Stage1:
    torch.manual_seed(0)
    qformer = QFormerConfig(3, 16, 2, 2, 12, VOCABULARY, 8)
    model = Blip2Stage1(Stage1Config(qformer, embedding_width=8))
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    return model


@pytest.fixture
def pairs() -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(END, (6, 7), generator=generator)
    for row, length in zip(ids, (2, 3, 4, 5, 6, 6), strict=True):
        row[length:] = END
    return torch.randn(6, 5, 12, generator=generator), ids, real_tokens(ids, END)


def loss_and_gradients(model, loss) -> list[Tensor]:
    model.zero_grad()
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    return [loss.detach(), *(gradient.clone() for gradient in gradients)]


def test_with_all_switches_on_it_is_the_loss_of_the_chapter(model, pairs):
    torch.manual_seed(5)  # draws the wrong pairs
    ours = loss_and_gradients(
        model, switched_stage1_loss(model, *pairs, Stage1Switches())
    )
    torch.manual_seed(5)
    theirs = loss_and_gradients(model, model(*pairs).total)
    assert len(ours) == len(theirs) > 20
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("task", ["itc", "itm", "itg"])
def test_each_task_can_be_left_out(model, pairs, task):
    switches = Stage1Switches(**{task: False})
    torch.manual_seed(5)
    loss = switched_stage1_loss(model, *pairs, switches)
    torch.manual_seed(5)
    losses = model(*pairs)
    expected = losses.total - getattr(losses, task)
    torch.testing.assert_close(loss, expected)
    assert (loss - losses.total).abs() > 0.1  # or nothing was left out


def test_random_wrong_pairs_are_drawn_evenly(model, pairs, monkeypatch):
    given, draw = [], blip2_ablations.sample_hard_negatives

    def sample(logits: Tensor, forbidden: Tensor) -> Tensor:
        given.append((logits, forbidden))
        return draw(logits, forbidden)

    monkeypatch.setattr(blip2_ablations, "sample_hard_negatives", sample)
    switched_stage1_loss(model, *pairs, Stage1Switches(hard=False))
    switched_stage1_loss(model, *pairs, Stage1Switches())
    assert len(given) == 4
    for number, (logits, forbidden) in enumerate(given):
        assert (logits.std() == 0) == (number < 2)
        assert torch.equal(forbidden, torch.eye(6, dtype=torch.bool))


@pytest.mark.parametrize("hard", [True, False])
def test_contrast_is_the_same_whatever_pairs_are_drawn(model, pairs, hard):
    only = Stage1Switches(itm=False, itg=False, hard=hard)
    loss = switched_stage1_loss(model, *pairs, only)
    torch.testing.assert_close(loss, model(*pairs).itc)


def test_the_table_of_matching_has_images_in_its_rows(model, pairs):
    features, ids, _ = pairs
    model.eval()
    table = matching_table(model, features[:4], ids, END)
    assert table.shape == (4, 6)
    for image in range(4):
        for text in range(6):
            pair = features[image : image + 1], ids[text : text + 1]
            (expected,) = match_logit(model, *pair, END)
            assert table[image, text].item() == pytest.approx(expected.item(), abs=1e-4)
    assert table.std() > 0.01


def test_recall_is_the_mean_of_both_directions(model, monkeypatch):
    numbers = {
        "ITC": {"i2t R@1": 0.2, "t2i R@1": 0.4, "i2t R@5": 0.9},
        "ITM": {"i2t R@1": 0.5, "t2i R@1": 0.9, "i2t R@5": 1.0},
    }
    monkeypatch.setattr(blip2_ablations, "measure_stage1", lambda *arguments: numbers)
    measured = measure_recall(model, None, None, None, END, 4)
    assert measured == pytest.approx({"ITC R@1": 0.3, "ITM R@1": 0.7})
