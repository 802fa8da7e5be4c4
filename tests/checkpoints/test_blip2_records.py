"""The record of what the parts of BLIP-2's first stage do can be made again."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from multimodal.blip2_stage1 import Blip2Stage1, Stage1Config
from multimodal.qformer import QFormerConfig

sys.path.insert(0, str(Path(__file__).parent))
from small_recipes import ROOT, Interrupted, import_file, make_record

FOLDER = ROOT / "checkpoints" / "blip2-stage1-emoji-scenes"


@pytest.fixture
def script():
    return import_file(FOLDER / "ablations.py")


def test_the_record_holds_every_variant_from_every_seed(script):
    record = json.loads((FOLDER / "ablations.json").read_text(encoding="utf-8"))
    assert list(record["variants"]) == list(script.VARIANTS)
    for name, entry in record["variants"].items():
        variant = script.VARIANTS[name]
        assert entry["queries"] == variant.queries, name
        assert entry["switches"]["hard"] == variant.switches.hard, name
        assert [run["seed"] for run in entry["runs"]] == [0, 1, 2], name
    assert (ROOT / record["command"].removeprefix("python ")).is_file()
    assert record["recipe"]["steps"] == script.STEPS


def test_each_variant_changes_one_thing(script):
    plain = script.VARIANTS["as in the chapter"]
    for name, variant in script.VARIANTS.items():
        changed = [
            getattr(variant.switches, part) != getattr(plain.switches, part)
            for part in ("itc", "itm", "itg", "hard")
        ]
        changed.append(variant.queries != plain.queries)
        changed.append(variant.enlarged != plain.enlarged)
        assert sum(changed) == (variant is not plain), name


def test_first_weights_are_enlarged_unless_a_variant_says_no(script):
    tokenizer = script.Tokenizer.load(script.course_weights("clip-emoji-scenes"))
    spreads = []
    for name in ("as in the chapter", "first weights as BERT's"):
        torch.manual_seed(0)
        model = script.new_model(tokenizer, 128, script.VARIANTS[name])
        spreads.append(model.qformer.layers[0].text_mlp.expand.weight.std().item())
    assert spreads == pytest.approx([0.02 * 6**0.5, 0.02], rel=0.02)


@pytest.fixture
def small(script, monkeypatch):
    """The script with a Q-Former, batches and pools that take no time."""
    sizes = {"SCENES": 24, "STEPS": 3, "BATCH": 6}
    sizes |= {"POOL": 8, "LOOKED_AT": 3, "ALL_ASKED": 4, "WRITTEN": 3}
    for name, value in sizes.items():
        monkeypatch.setattr(script, name, value)

    def new_model(tokenizer, image_width, variant):
        words = len(tokenizer) + 1, tokenizer.context_length
        qformer = QFormerConfig(variant.queries, 8, 1, 1, image_width, *words)
        return Blip2Stage1(Stage1Config(qformer, embedding_width=8))

    monkeypatch.setattr(script, "new_model", new_model)
    names = ("as in the chapter", "without ITC", "1 query")
    variants = {name: script.VARIANTS[name] for name in names}
    monkeypatch.setattr(script, "VARIANTS", variants)
    return script


def test_an_interrupted_record_goes_on_to_the_same_numbers(
    small, monkeypatch, tmp_path
):
    def make(name, runs=None):
        return make_record(small, monkeypatch, tmp_path / name, runs)

    whole, made = make("whole.json")
    assert made == 6
    with pytest.raises(Interrupted):
        make("broken.json", runs=2)
    again, made = make("broken.json")
    assert again == whole and made == 4  # those that were missing, and no other
    for name, entry in whole["variants"].items():
        assert [one["seed"] for one in entry["runs"]] == [0, 1], name
        for one in entry["runs"]:
            shares = ("ITC R@1", "ITM R@1", "all asked R@1", "F1 all")
            assert all(0 <= one[share] <= 1 for share in shares), one


def test_each_variant_is_trained_with_its_own_switches_and_queries(small, monkeypatch):
    seen = []

    def loss(model, features, ids, is_token, switches):
        seen.append((model.config.qformer.queries, switches))
        return model.project_image.weight.sum()

    monkeypatch.setattr(small, "switched_stage1_loss", loss)
    monkeypatch.setattr(small, "measure", lambda *arguments: {"ITC R@1": 0.5})
    tokenizer = small.Tokenizer.load(small.course_weights("clip-emoji-scenes"))

    encoded = SimpleNamespace(
        features=torch.zeros(6, 5, 12), captions=[["a cat", "one cat"]] * 6
    )

    for variant in small.VARIANTS.values():
        small.run(variant, 0, tokenizer, encoded, encoded)
    steps = [
        (variant.queries, variant.switches)
        for variant in small.VARIANTS.values()
        for _ in range(small.STEPS)
    ]
    assert seen == steps


def test_captions_are_written_and_judged_without_dec(script, monkeypatch):
    """[DEC] is no word of the tokenizer; F1 is that of the scenes in their order."""
    tokenizer = script.Tokenizer.load(script.course_weights("clip-emoji-scenes"))
    scenes = script.small_world("S0", 4)

    encoded = SimpleNamespace(
        features=torch.zeros(4, 5, 12),
        captions=[scene.captions for scene in scenes],
        graphs=[scene.graph for scene in scenes],
    )

    class Writer:
        temperature = torch.zeros(())

        def write(self, features, end_id, longest):
            ids = tokenizer([texts[0] for texts in encoded.captions])
            ids[:, 0] = len(tokenizer)  # [DEC]
            return ids

    monkeypatch.setattr(script, "measure_recall", lambda *arguments: {})
    monkeypatch.setattr(script, "matching_table", lambda *arguments: torch.eye(4))
    for name in ("POOL", "ALL_ASKED", "WRITTEN"):
        monkeypatch.setattr(script, name, 4)
    result = script.measure(Writer(), encoded, tokenizer)
    assert result["F1 all"] == 1.0 and result["all asked R@1"] == 1.0
