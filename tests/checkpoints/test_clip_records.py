"""The records of what goes wrong in CLIP are complete, and can be made again."""

import json
import sys
from pathlib import Path

import pytest
import torch

from multimodal.clip import CLIPConfig, ImageTowerConfig, TextTowerConfig
from multimodal.contrastive import contrastive_loss

sys.path.insert(0, str(Path(__file__).parent))
from small_recipes import ROOT, import_file

FOLDER = ROOT / "checkpoints" / "clip-emoji-scenes"


@pytest.fixture
def script():
    return import_file(FOLDER / "ablations.py")


class Interrupted(Exception):
    """Somebody pulls the plug."""


def test_the_record_holds_every_variant_from_every_seed(script):
    record = json.loads((FOLDER / "ablations.json").read_text(encoding="utf-8"))
    assert list(record["variants"]) == list(script.VARIANTS)
    for name, entry in record["variants"].items():
        recipe = script.VARIANTS[name].recipe(0)
        assert entry["batch_size"] == recipe.batch_size, name
        assert entry["updates"] == recipe.steps, name
        assert [run["seed"] for run in entry["runs"]] == [0, 1, 2], name
    assert (ROOT / record["command"].removeprefix("python ")).is_file()


def test_variants_of_the_batch_see_as_many_pairs_or_make_as_many_updates(script):
    for name, variant in script.VARIANTS.items():
        recipe = variant.recipe(0)
        if "as many updates" in name:
            assert recipe.steps == script.UPDATES
        elif variant.duplicates is None:
            assert recipe.steps * recipe.batch_size == script.SCENES
        assert recipe.warmup == recipe.steps // 10


@pytest.fixture
def small(script, monkeypatch):
    """The script with towers, batches and pools that take no time."""
    monkeypatch.setattr(script, "SCENES", 32)
    monkeypatch.setattr(script, "NAMED_SCENES", 16)
    monkeypatch.setattr(script, "POOL", 10)

    def new_model(tokenizer):
        image = ImageTowerConfig(64, 32, width=8, layers=1, heads=1)
        text = TextTowerConfig(len(tokenizer), 32, width=8, layers=1, heads=1)
        return script.CLIP(CLIPConfig(image, text, embedding_width=8))

    monkeypatch.setattr(script, "new_model", new_model)
    variants = {
        "plain": script.Variant(batch_size=8),
        "fixed": script.Variant(script.Switches(scale=2.0), batch_size=8),
        "names": script.Variant(batch_size=8, duplicates="shared"),
        "one style": script.Variant(
            batch_size=8, styles=("twemoji",), augment=script.draw_lines
        ),
    }
    monkeypatch.setattr(script, "VARIANTS", {"as in the chapter": variants["plain"]})
    script.VARIANTS.update(variants)
    return script


def test_an_interrupted_record_goes_on_to_the_same_numbers(
    small, monkeypatch, tmp_path
):
    def run(name, runs=None):
        done, original = [], small.run

        def counted(*arguments):
            if len(done) == runs:
                raise Interrupted
            done.append(None)
            return original(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(small, "run", counted)
            file = str(tmp_path / name)
            patch.setattr(sys, "argv", ["ablations.py", "--seeds", "2", "--out", file])
            small.main()
        return json.loads((tmp_path / name).read_text())

    whole = run("whole.json")
    with pytest.raises(Interrupted):
        run("broken.json", runs=3)
    assert run("broken.json") == whole
    for name, entry in whole["variants"].items():
        assert [one["seed"] for one in entry["runs"]] == [0, 1], name
        assert entry["runs"][0] != entry["runs"][1] | {"seed": 0}, name
        recipe = small.VARIANTS[name].recipe(0)
        assert (entry["updates"], entry["batch_size"]) == (recipe.steps, 8)
        for one in entry["runs"]:
            assert 0 <= one["S0 R@1"] <= one["S0 R@10"] <= 1
    assert whole["variants"]["fixed"]["runs"][0]["scale"] == 2.0


def test_equal_captions_are_treated_in_three_ways(script):
    """Left out, the others' loss is that of the same logits without them."""

    def model(images, texts):
        return images, texts, torch.tensor(3.0)

    torch.manual_seed(0)
    first, second = torch.randn(2, 4, 5)
    captions = ["cat", "dog", "cat", "cow"]
    plain = contrastive_loss(first, second, 3.0)
    loss = {
        way: script.loss_of_named(model, first, second, captions, way)
        for way in ("wrong", "left out", "shared")
    }
    torch.testing.assert_close(loss["wrong"], plain)
    logits, left_out, shared = 3 * first @ second.T, 0.0, 0.0
    for table in (logits, logits.T):
        for i, own in enumerate(captions):
            kept = [j for j, other in enumerate(captions) if j == i or other != own]
            left_out -= (table[i, i] - table[i, kept].logsumexp(0)) / 8
            same = [j for j, other in enumerate(captions) if other == own]
            shared -= table[i].log_softmax(0)[same].mean() / 8
    torch.testing.assert_close(loss["left out"], left_out)
    torch.testing.assert_close(loss["shared"], shared)


def test_the_record_of_gradient_caching_is_of_the_same_gradients():
    file = FOLDER / "gradient_caching.json"
    record = json.loads(file.read_text(encoding="utf-8"))
    assert (ROOT / record["command"].split()[1]).is_file()
    for row in record["table"]:
        whole, chunks = row["whole batch"], row["chunks"]
        assert chunks["loss"] == pytest.approx(whole["loss"], rel=1e-5)
        assert chunks["gradient"] == pytest.approx(whole["gradient"], rel=1e-4)
        assert chunks["megabytes"] < whole["megabytes"]


def test_gradient_caching_is_recorded_as_it_was_measured(monkeypatch, tmp_path):
    benchmark = import_file(ROOT / "benchmarks" / "gradient_caching.py")
    calls = []

    class Printed:
        def __init__(self, command, **_):
            calls.append(command[-1])
            half = command[-1] == "chunks"
            numbers = {"megabytes": 50 if half else 100, "seconds": 4 if half else 3}
            self.stdout = json.dumps(numbers | {"loss": 1.0, "gradient": 2.0})

    monkeypatch.setattr(benchmark.subprocess, "run", Printed)
    file = tmp_path / "record.json"
    arguments = ["--batch", "8", "16", "--rounds", "2", "--record", str(file)]
    monkeypatch.setattr(sys, "argv", ["gradient_caching.py", *arguments])
    benchmark.main()
    record = json.loads(file.read_text())
    assert [row["batch"] for row in record["table"]] == [8, 16]
    assert record["command"].endswith("--batch 8 16")
    for row in record["table"]:
        assert row["chunks / whole batch"] == {"megabytes": 0.5, "seconds": 4 / 3}
    first_round = ["whole batch", "chunks"]
    assert calls == 2 * (first_round + first_round[::-1])  # they take turns
