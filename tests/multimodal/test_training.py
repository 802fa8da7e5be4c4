"""The training loop learns, resumes exactly, and its parts do what they say."""

import itertools
import math

import pytest
import torch
from accelerate import Accelerator
from torch import nn

from multimodal import training
from multimodal.training import (
    Recipe,
    UnfinishedTraining,
    accuracy,
    batch_indices,
    learning_rate_at,
    parameter_groups,
    predict,
    report_means,
    to_float,
    train,
    train_classifier,
    update,
)


def tiny_task(examples: int = 96) -> tuple[torch.Tensor, torch.Tensor]:
    """Images of one of three brightnesses."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(examples) % 3
    noise = torch.randint(0, 40, (examples, 3, 8, 8), generator=generator)
    images = (labels.view(-1, 1, 1, 1) * 90 + noise).to(torch.uint8)
    return images, labels


def tiny_model(seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Flatten(), nn.Linear(192, 16), nn.Dropout(0.2), nn.ReLU(), nn.Linear(16, 3)
    )


RECIPE = Recipe(steps=60, batch_size=32, learning_rate=1e-2, warmup=5)


def test_it_learns():
    images, labels = tiny_task()
    model = tiny_model()
    before = accuracy(model, images, labels)
    losses = train_classifier(model, images, labels, RECIPE)
    assert len(losses) == 60
    assert accuracy(model, images, labels) > max(0.95, before)
    assert not model.training


@pytest.fixture
def kept_at_every_step(monkeypatch):
    monkeypatch.setattr(
        training,
        "UnfinishedTraining",
        lambda folder, recipe: UnfinishedTraining(folder, recipe, every_seconds=0),
    )


def test_an_interrupted_training_ends_as_if_it_had_never_stopped(
    tmp_path, kept_at_every_step
):
    images, labels = tiny_task()

    def shake(batch):
        return batch + 0.1 * torch.randn_like(batch)

    straight = tiny_model()
    expected = train_classifier(straight, images, labels, RECIPE, shake)

    class PowerCut(Exception):
        pass

    def cut(step, loss):
        if step == 37:
            raise PowerCut

    with pytest.raises(PowerCut):
        train_classifier(tiny_model(), images, labels, RECIPE, shake, cut, tmp_path)
    assert (tmp_path / "interrupted" / "training.pt").exists()
    resumed, steps = tiny_model(seed=9), []
    losses = train_classifier(
        resumed,
        images,
        labels,
        RECIPE,
        shake,
        lambda step, loss: steps.append(step),
        tmp_path,
    )
    assert steps == list(range(37, 60))
    assert losses == expected
    for one, other in zip(straight.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other)
    assert not (tmp_path / "interrupted" / "training.pt").exists()


def regression(model: nn.Module, step: int) -> torch.Tensor:
    """How far a model is from giving twice the sum of three numbers."""
    generator = torch.Generator().manual_seed(step % 7)
    inputs = torch.randn(8, 3, generator=generator)
    return ((model(inputs) - 2 * inputs.sum(1, keepdim=True)) ** 2).mean()


def line(seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 1), nn.Dropout(0.1))


GENERIC = Recipe(steps=40, learning_rate=0.1, warmup=3, weight_decay=0.0)


def test_any_loss_can_be_trained_and_its_losses_come_back():
    model, seen = line(), []
    losses = train(model, regression, GENERIC, on_step=lambda *step: seen.append(step))
    assert seen == list(enumerate(losses)) and len(losses) == 40
    assert sum(losses[-7:]) < 0.5 * sum(losses[:7])
    assert not model.training


def test_each_step_gets_its_number_and_a_model_in_training_mode():
    steps = []

    def batch_loss(model, step):
        assert model.training
        steps.append(step)
        return regression(model, step)

    train(line(), batch_loss, GENERIC)
    assert steps == list(range(40))


def test_weights_are_kept_within_bounds_after_every_update():
    """As the temperature of CLIP: the next batch must not see it out of bounds."""
    model, seen = line(), []

    @torch.no_grad()
    def clamp():
        model[0].weight.clamp_(-0.3, 0.3)
        seen.append("clamped")

    def batch_loss(model, step):
        seen.append("loss")
        assert step == 0 or model[0].weight.abs().max() <= 0.3
        return regression(model, step)

    def on_step(step, loss):
        assert model[0].weight.abs().max() <= 0.3

    train(model, batch_loss, GENERIC, on_step=on_step, after_update=clamp)
    assert seen == ["loss", "clamped"] * 40
    assert model[0].weight.max().item() == pytest.approx(0.3)  # it wants to grow to 2


def test_any_training_goes_on_where_it_was_interrupted(tmp_path, kept_at_every_step):
    class PowerCut(Exception):
        pass

    def failing(model, step):
        if step == 23:
            raise PowerCut
        return regression(model, step)

    straight, resumed, steps = line(), line(seed=5), []
    calls = []
    expected = train(straight, regression, GENERIC)
    with pytest.raises(PowerCut):
        train(line(), failing, GENERIC, folder=tmp_path)
    losses = train(
        resumed,
        regression,
        GENERIC,
        on_step=lambda step, loss: steps.append(step),
        folder=tmp_path,
        after_update=lambda: calls.append(None),
    )
    assert steps == list(range(23, 40)) and len(calls) == 17
    assert losses == expected
    for one, other in zip(straight.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other)
    assert not (tmp_path / "interrupted" / "training.pt").exists()


def test_a_gradient_is_never_followed_farther_than_the_clip():
    """And the steps follow the learning rate of the recipe."""
    model = nn.Linear(3, 1, bias=False)
    recipe = Recipe(steps=4, learning_rate=1.0, warmup=2, clip=0.5)
    optimizer = torch.optim.SGD(model.parameters(), lr=9.0)
    accelerator = Accelerator()
    for step in range(4):
        before = model.weight.detach().clone()
        loss = (1000 * model(torch.ones(2, 3))).sum()
        assert update(model, optimizer, loss, step, recipe, accelerator) == loss.item()
        moved = (model.weight - before).norm().item()
        expected = 0.5 * learning_rate_at(step, recipe)
        assert moved == pytest.approx(expected, rel=1e-3, abs=1e-6)


def test_another_recipe_does_not_go_on_with_a_strange_training(tmp_path):
    model = tiny_model()
    optimizer = torch.optim.AdamW(model.parameters())
    UnfinishedTraining(tmp_path, RECIPE, 0).save(model, optimizer, [1.0])
    with pytest.raises(ValueError, match="another recipe"):
        UnfinishedTraining(tmp_path, Recipe(steps=61)).restore(model, optimizer)


def test_an_epoch_shows_every_example_once():
    recipe = Recipe(steps=10, batch_size=8)
    for epoch in (0, 1):
        seen = [batch_indices(epoch * 5 + part, 40, recipe) for part in range(5)]
        assert sorted(torch.cat(seen).tolist()) == list(range(40))
    assert not torch.equal(batch_indices(0, 40, recipe), batch_indices(5, 40, recipe))
    other = Recipe(steps=10, batch_size=8, seed=1)
    assert not torch.equal(batch_indices(0, 40, recipe), batch_indices(0, 40, other))


def test_learning_rate_rises_then_falls_along_a_cosine():
    recipe = Recipe(steps=110, learning_rate=2.0, warmup=10)
    rates = [learning_rate_at(step, recipe) for step in range(110)]
    assert rates[0] == pytest.approx(0.2) and rates[9] == pytest.approx(2.0)
    assert rates[10] == pytest.approx(2.0) and rates[60] == pytest.approx(1.0)
    assert rates[109] == pytest.approx(1 + math.cos(math.pi * 99 / 100))
    assert all(a > b for a, b in itertools.pairwise(rates[10:]))


def test_only_matrices_of_layers_decay():
    from multimodal.vit import ViT, ViTConfig

    model = ViT(ViTConfig(16, 8, 16, 1, 2, classes=5))
    decayed, others = parameter_groups(model, 0.1)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    names_of = [{names[id(p)] for p in group["params"]} for group in (decayed, others)]
    assert not names_of[0] & names_of[1] and len(names_of[0] | names_of[1]) == len(
        names
    )
    assert decayed["weight_decay"] == 0.1 and others["weight_decay"] == 0.0
    for name in names.values():
        layer_matrix = name.endswith("weight") and "norm" not in name
        assert (name in names_of[0]) == layer_matrix, name


def test_prediction_needs_no_particular_batch_size_and_restores_the_mode():
    images, labels = tiny_task(50)
    model = tiny_model().train()
    expected = model.eval()(to_float(images)).detach()
    model.train()
    torch.testing.assert_close(predict(model, images, batch_size=7), expected)
    assert model.training
    by_hand = sum(
        int(row.argmax()) == int(label)
        for row, label in zip(expected, labels, strict=True)
    )
    assert accuracy(model, images, labels) == pytest.approx(by_hand / 50)


def test_means_are_reported_over_the_updates_since_the_last_line(capsys):
    """Of one loss or of several; an unfinished stretch says nothing."""
    one, three = report_means(2, ("loss",)), report_means(3, ("a", "b"))
    for step, loss in enumerate([1.0, 2.0, 5.0, 8.0, 9.0]):
        one(step, loss)
        three(step, [loss, -loss])
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["2 loss 1.500", "3 a 2.667 b -2.667", "4 loss 6.500"]
