"""Course weights do what their cards say, and their recipes work and resume."""

import importlib.util
import json
import os
import shlex
import sys
from pathlib import Path

import pytest
import torch

from multimodal import training
from multimodal.checkpoints import CARD_FIELDS, course_weights, read_card
from multimodal.cifar10 import CLASSES, DataUnavailableError, cifar10
from multimodal.emoji_scenes import NOUNS, EmojiScenes
from multimodal.training import UnfinishedTraining, accuracy
from multimodal.vit import ViT

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.parent.name for path in ROOT.glob("checkpoints/*/train.py"))


def script(name: str, file: str = "train.py"):
    """Import a recipe as a module."""
    path = ROOT / "checkpoints" / name / file
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def scenes(split: str, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    images, labels = EmojiScenes(split, size, kinds=("single",)).tensors()
    return torch.from_numpy(images), torch.from_numpy(labels)


@pytest.mark.parametrize("name", NAMES)
def test_each_recipe_has_its_weights_and_a_complete_card(name):
    folder, card = course_weights(name), read_card(name)
    assert set(CARD_FIELDS) <= set(card)
    assert (folder / "model.safetensors").stat().st_size <= 16 * 2**20
    interpreter, file = shlex.split(card["command"])[:2]
    assert interpreter == "python" and (ROOT / file).is_file()
    model = ViT.load(folder)
    assert card["parameters"] == sum(p.numel() for p in model.parameters())
    assert not (folder / "interrupted").exists()


def test_the_scenes_vit_is_as_good_as_its_card_says():
    card = read_card("vit-emoji-scenes")
    model = ViT.load(course_weights("vit-emoji-scenes"))
    assert model.config.labels == NOUNS
    right = accuracy(model, *scenes("S0", 2000))
    assert right == pytest.approx(card["metrics"]["S0 accuracy"], abs=0.002)
    assert right >= 0.95
    other_style = accuracy(model, *scenes("S1", 2000))
    assert other_style == pytest.approx(card["metrics"]["S1 accuracy"], abs=0.005)


def test_the_cifar_vit_is_as_good_as_its_card_says():
    card = read_card("vit-cifar10")
    try:
        images, labels = cifar10("test", os.environ.get("CIFAR10_DATA"))
    except DataUnavailableError:
        pytest.skip("CIFAR-10 is not at hand; name its folder in CIFAR10_DATA")
    model = ViT.load(course_weights("vit-cifar10"))
    assert model.config.labels == CLASSES
    right = accuracy(model, images[:2000], labels[:2000])
    assert right == pytest.approx(card["metrics"]["test accuracy"], abs=0.03)


def test_the_ablations_are_complete():
    ablations = script("vit-emoji-scenes", "ablations.py")
    file = ROOT / "checkpoints" / "vit-emoji-scenes" / "ablations.json"
    written = json.loads(file.read_text())
    assert set(written["variants"]) == set(ablations.VARIANTS)
    assert (ROOT / written["command"].removeprefix("python ")).is_file()


def run_recipe(module, monkeypatch, *arguments) -> None:
    monkeypatch.setattr(sys, "argv", ["train.py", *map(str, arguments)])
    module.main()


class Interrupted(Exception):
    """Somebody pulls the plug."""


@pytest.fixture
def kept_at_every_step(monkeypatch):
    monkeypatch.setattr(
        training,
        "UnfinishedTraining",
        lambda folder, recipe: UnfinishedTraining(folder, recipe, every_seconds=0),
    )


def interrupt_after(monkeypatch, updates: int) -> None:
    done, update = [], training.update

    def failing(*arguments):
        if len(done) == updates:
            raise Interrupted
        done.append(None)
        return update(*arguments)

    monkeypatch.setattr(training, "update", failing)


def small_scenes(module, monkeypatch) -> None:
    monkeypatch.setattr(module, "scenes", lambda split, size: scenes(split, 96))


def small_photographs(module, monkeypatch) -> None:
    generator = torch.Generator().manual_seed(0)

    def photographs(split, folder):
        size = (80, 3, 32, 32)
        images = torch.randint(256, size, generator=generator, dtype=torch.uint8)
        return images, torch.arange(80) % 10

    monkeypatch.setattr(module, "cifar10", photographs)
    monkeypatch.setattr(module, "HELD_OUT", 20)


@pytest.mark.parametrize(
    ("name", "options", "small"),
    [
        ("vit-emoji-scenes", [], small_scenes),
        ("vit-cifar10", ["--short"], small_photographs),
    ],
)
def test_an_interrupted_recipe_goes_on_to_the_same_weights(
    name, options, small, monkeypatch, tmp_path, kept_at_every_step
):
    def run(folder, updates=None):
        with monkeypatch.context() as patch:
            module = script(name)
            small(module, patch)
            if updates is not None:
                interrupt_after(patch, updates)
            run_recipe(module, patch, *options, "--steps", 3, "--out", folder)

    run(tmp_path / "whole")
    with pytest.raises(Interrupted):
        run(tmp_path / "broken", updates=2)
    assert (tmp_path / "broken" / "interrupted" / "training.pt").exists()
    assert not (tmp_path / "broken" / "model.safetensors").exists()
    run(tmp_path / "broken")
    whole, resumed = (ViT.load(tmp_path / part) for part in ("whole", "broken"))
    for one, other in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other)
    card = json.loads((tmp_path / "broken" / "card.json").read_text())
    assert set(CARD_FIELDS) <= set(card) and card["recipe"]["steps"] == 3
    assert card["minutes"] is None  # the clock has not seen all of the training


def test_the_full_cifar_recipe_runs_as_well(monkeypatch, tmp_path):
    module = script("vit-cifar10")
    small_photographs(module, monkeypatch)
    run_recipe(module, monkeypatch, "--steps", 1, "--out", tmp_path)
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["recipe_name"] == "full" and card["parameters"] < 16 * 2**20 / 4


def test_without_photographs_the_cifar_recipe_says_why(monkeypatch, tmp_path):
    module = script("vit-cifar10")
    with pytest.raises(SystemExit, match="no Parquet files"):
        run_recipe(module, monkeypatch, "--data", tmp_path, "--out", tmp_path)


def test_interrupted_ablations_keep_what_was_measured(monkeypatch, tmp_path):
    file = tmp_path / "ablations.json"
    module = script("vit-emoji-scenes", "ablations.py")
    monkeypatch.setattr(module, "scenes", lambda split, size: scenes(split, 64))
    trained = []

    def train(model, *arguments):
        if len(trained) == 2:
            raise Interrupted
        trained.append(model.config)

    monkeypatch.setattr(module, "train_classifier", train)
    with pytest.raises(Interrupted):
        run_recipe(module, monkeypatch, "--out", file)
    assert len(json.loads(file.read_text())["variants"]) == 2
    monkeypatch.setattr(
        module, "train_classifier", lambda model, *_: trained.append(model)
    )
    run_recipe(module, monkeypatch, "--out", file)
    assert set(json.loads(file.read_text())["variants"]) == set(module.VARIANTS)
    assert len(trained) == len(module.VARIANTS)
