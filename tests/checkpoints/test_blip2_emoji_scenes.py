"""The record of what stage 1 and the Q-Former do for stage 2 can be made again."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from multimodal.blip2_stage1 import Blip2Stage1, Stage1Config
from multimodal.blip2_training import AnswerBatches
from multimodal.emoji_scenes import EmojiScenes
from multimodal.frozen_language_model import FrozenLanguageModel
from multimodal.language_model import LanguageModel, LanguageModelConfig
from multimodal.prompts import SHORT_ANSWER
from multimodal.qformer import QFormerConfig
from multimodal.scene_answers import scene_examples
from multimodal.scene_texts import learn_scene_tokenizer

sys.path.insert(0, str(Path(__file__).parent))
from small_recipes import ROOT, Interrupted, import_file, make_record

FOLDER = ROOT / "checkpoints" / "blip2-emoji-scenes"
WIDTH, QUERIES, IMAGE_TOKENS = 8, 3, 5


@pytest.fixture
def small(monkeypatch):
    """The script with a Q-Former, a language model and data that take no time."""
    script = import_file(FOLDER / "ablations.py")
    for name, value in {"STEPS": 3, "BATCH": 4, "POOL": 4, "PER_SCENE": 2}.items():
        monkeypatch.setattr(script, name, value)
    torch.manual_seed(0)
    stage1 = Blip2Stage1(
        Stage1Config(QFormerConfig(QUERIES, 16, 2, 2, 128, 30, 8), embedding_width=8)
    )
    loader = SimpleNamespace(load=lambda folder: stage1)
    monkeypatch.setattr(script, "Blip2Stage1", loader)
    monkeypatch.setattr(script, "course_weights", lambda name: name)
    script.stage1 = stage1
    return script


@pytest.fixture(scope="module")
def data():
    """Scenes with features drawn at random, and a language model with new weights."""
    tokenizer = learn_scene_tokenizer(60)
    torch.manual_seed(1)
    config = LanguageModelConfig(len(tokenizer), 128, WIDTH, layers=1, heads=1)
    language = FrozenLanguageModel(LanguageModel(config))
    scenes = {
        split: EmojiScenes(split, size)[:] for split, size in (("train", 8), ("S0", 4))
    }
    features = {
        split: torch.randn(len(own), IMAGE_TOKENS, 128) for split, own in scenes.items()
    }
    examples = {
        split: [scene_examples(scene, tokenizer, SHORT_ANSWER) for scene in own]
        for split, own in scenes.items()
    }

    def batches(split, recipe, each):
        ends = (tokenizer.end_id, tokenizer.end_id)
        return AnswerBatches(features[split], examples[split], *ends, recipe, each)

    shared = {"scenes": scenes, "features": features, "batches": batches}
    return SimpleNamespace(tokenizer=tokenizer, language=language, **shared)


def changed_parts(before, bridge):
    """Which parameters have moved, by their names."""
    now = bridge.state_dict()
    return {name for name, value in before.items() if not torch.equal(value, now[name])}


def test_each_variant_trains_what_its_name_says(small, data, monkeypatch):
    kept = {}
    train_bridge = small.train_bridge

    def watched(bridge, *arguments):
        before = {name: value.clone() for name, value in bridge.state_dict().items()}
        frozen = [value.clone() for value in data.language.state_dict().values()]
        train_bridge(bridge, *arguments)
        kept[name] = (bridge, before, changed_parts(before, bridge))
        for one, other in zip(frozen, data.language.state_dict().values(), strict=True):
            assert torch.equal(one, other)

    monkeypatch.setattr(small, "train_bridge", watched)
    prompts = {}
    for name, make in small.VARIANTS.items():
        result = small.run(make, 0, data)
        prompts[name] = result["soft prompts"]
        assert result["loss"] > 0 and 0 <= result["image: all"] <= 1
    of_stage1 = small.stage1.qformer.without_text().state_dict()
    for name, starts_there in (("as in the chapter", True), ("without stage 1", False)):
        before = kept[name][1]
        same = [
            torch.equal(before[f"qformer.{part}"], value)
            for part, value in of_stage1.items()
            if value.dim() > 1
        ]
        assert all(same) if starts_there else not any(same), name
    assert kept["only the projection learns"][2] == {"project.weight", "project.bias"}
    assert any("qformer" in part for part in kept["as in the chapter"][2])
    assert prompts["as in the chapter"] == prompts["no image"] == QUERIES
    assert prompts["linear projector"] == prompts["projector of two layers"]
    assert prompts["linear projector"] == IMAGE_TOKENS
    blind = kept["no image"][0]
    with torch.no_grad():
        one, other = blind(torch.randn(2, IMAGE_TOKENS, 128))
    assert torch.equal(one, other)


def test_an_interrupted_record_goes_on_to_the_same_numbers(
    small, data, monkeypatch, tmp_path
):
    names = ("as in the chapter", "linear projector")
    variants = {name: small.VARIANTS[name] for name in names}
    monkeypatch.setattr(small, "VARIANTS", variants)
    monkeypatch.setattr(small, "Data", lambda: data)

    def make(name, runs=None):
        return make_record(small, monkeypatch, tmp_path / name, runs)

    whole, made = make("whole.json")
    assert made == 4
    with pytest.raises(Interrupted):
        make("broken.json", runs=1)
    again, made = make("broken.json")
    assert again == whole and made == 3  # those that were missing, and no other


def test_the_record_holds_every_variant_from_every_seed(small):
    record = json.loads((FOLDER / "ablations.json").read_text(encoding="utf-8"))
    assert list(record["variants"]) == list(small.VARIANTS)
    for name, entry in record["variants"].items():
        assert [run["seed"] for run in entry["runs"]] == [0, 1, 2], name
    assert (ROOT / record["command"].removeprefix("python ")).is_file()
