"""The scenes' CLIP: its weights are good, its recipe resumes and can be shared out."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor

from multimodal import training
from multimodal.checkpoints import course_weights, read_card
from multimodal.clip import CLIP
from multimodal.scene_pairs import evaluate_split
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe, UnfinishedTraining

sys.path.insert(0, str(Path(__file__).parent))
from small_recipes import ROOT, script, small_clip_recipe

NAME = "clip-emoji-scenes"


class Interrupted(Exception):
    """Somebody pulls the plug."""


def test_the_weights_are_as_good_as_their_card_says():
    """In the very pool of the card, so that only rounding may differ."""
    folder, card = course_weights(NAME), read_card(NAME)
    model, tokenizer = CLIP.load(folder), Tokenizer.load(folder)
    assert card["pool"] == 1000
    for split, least, swaps in (("S0", 0.75, 0.9), ("S1", 0.01, 0.5)):
        measured = evaluate_split(model, tokenizer, split, card["pool"])
        stated = card["metrics"][split]
        assert measured.keys() == stated.keys()
        for name in ("i2t R@1", "t2i R@1", "swap accuracy"):
            assert measured[name] == pytest.approx(stated[name], abs=0.02), name
        assert measured["i2t R@1"] >= least
        assert measured["swap accuracy"] >= swaps
    assert set(card["metrics"]) == {"validation", "S0", "S1", "S2", "S3"}


def test_the_record_of_word_order_is_complete():
    order = script(NAME, "order.py")
    file = ROOT / "checkpoints" / NAME / "order.json"
    written = json.loads(file.read_text(encoding="utf-8"))
    assert set(written["variants"]) == set(order.VARIANTS)
    assert (ROOT / written["command"].removeprefix("python ")).is_file()


def test_word_order_is_measured_for_what_the_names_say(monkeypatch, tmp_path):
    """An interrupted record keeps what it has; each name stands for its options."""
    order, course = script(NAME, "order.py"), small_clip_recipe().module
    monkeypatch.setattr(order, "recipe_file", lambda: course)
    monkeypatch.setattr(order, "Recipe", course.Recipe)
    monkeypatch.setattr(order, "POOL", 12)
    trained, train_clip = [], course.train_clip

    def spy(model, batches, recipe):
        if len(trained) == 2:
            raise Interrupted
        twins = [lesson.twins for lesson in batches.lessons]
        trained.append((model.config.image.pooling, twins[0] < twins[1]))
        return train_clip(model, batches, recipe)

    course.train_clip = spy
    arguments = ["order.py", "--steps", "2", "--out", str(tmp_path / "order.json")]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(Interrupted):
        order.main()
    first, trained = trained, []
    order.main()
    assert first + trained == [
        ("cls", False),
        ("cls", True),
        ("quarters", False),
        ("quarters", True),
    ]
    written = json.loads((tmp_path / "order.json").read_text())
    assert list(written["variants"]) == list(order.VARIANTS)
    assert all(0 <= v["swap accuracy"] <= 1 for v in written["variants"].values())


def test_lessons_come_one_after_the_other():
    lessons = script(NAME).Lessons([["a"] * 5, ["b"] * 5], steps=5)
    assert [lessons[step] for step in range(5)] == ["a", "a", "a", "b", "b"]


def weights(folder: Path) -> dict[str, Tensor]:
    return dict(CLIP.load(folder).named_parameters())


def test_an_interrupted_recipe_goes_on_to_the_same_weights(monkeypatch, tmp_path):
    """With the batches of the steps that are left, made by other processes or not."""
    monkeypatch.setattr(
        training, "UnfinishedTraining", partial(UnfinishedTraining, every_seconds=0)
    )
    run = small_clip_recipe()
    run("--steps", 3, "--out", tmp_path / "whole")
    with monkeypatch.context() as patch:
        update = training.update

        def failing(*arguments):
            if arguments[3] == 2:
                raise Interrupted
            return update(*arguments)

        patch.setattr(training, "update", failing)
        with pytest.raises(Interrupted):
            run("--steps", 3, "--workers", 1, "--out", tmp_path / "broken")
    assert (tmp_path / "broken" / "interrupted" / "training.pt").exists()
    assert not (tmp_path / "broken" / "model.safetensors").exists()
    run("--steps", 3, "--out", tmp_path / "broken")
    whole, resumed = weights(tmp_path / "whole"), weights(tmp_path / "broken")
    assert all(torch.equal(resumed[name], value) for name, value in whole.items())
    card = json.loads((tmp_path / "broken" / "card.json").read_text())
    assert card["minutes"] is None  # the clock has not seen all of the training
    assert card["recipe"]["steps"] == 3 and set(card["metrics"]) >= {"S0", "S3"}
    assert len(Tokenizer.load(tmp_path / "broken")) == len(
        Tokenizer.load(tmp_path / "whole")
    )


@pytest.mark.slow
def test_two_processes_train_the_same_weights_as_one(tmp_path):
    """Started as on a machine with two GPUs; here they are two processes on a CPU.

    The weights have to be equal up to rounding, measured by how far training moved
    them: negatives, gradients or shares that get lost turn the updates elsewhere.
    """
    program = Path(__file__).parent / "small_recipes.py"
    small_clip_recipe()("--steps", 0, "--out", tmp_path / "start")
    small_clip_recipe()("--steps", 2, "--out", tmp_path / "one")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2"]
    command += ["--standalone", program, "--steps", "2", "--out", tmp_path / "two"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("process of 2") == 2
    assert done.stdout.count("'validation'") == 1  # one of them measures and writes
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == sorted(
        path.name for path in (tmp_path / "one").iterdir()
    )
    start, one, two = (weights(tmp_path / part) for part in ("start", "one", "two"))
    moved = sum((one[name] - start[name]).square().sum() for name in one).sqrt()
    apart = sum((one[name] - two[name]).square().sum() for name in one).sqrt()
    assert apart < 0.02 * moved
    for name in one:
        difference = (one[name] - two[name]).abs()
        if name.endswith("qkv.bias"):  # that of keys has no gradient but rounding
            difference = difference.unflatten(0, (3, -1))[[0, 2]]
        assert difference.max() < 1e-4, name
    assert moved > 1e-2


def test_the_small_recipe_differs_from_the_real_one_in_sizes_only():
    """Else these tests would test something else."""
    small = small_clip_recipe()
    recipe = small.module.Recipe(5, batch_size=128, learning_rate=1.5e-3, warmup=300)
    assert recipe == Recipe(5, batch_size=8, learning_rate=1.5e-3, warmup=2)
