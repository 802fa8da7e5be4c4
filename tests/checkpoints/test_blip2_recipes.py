"""The recipes of BLIP-2 run, write what they should, and their weights hold."""

import json
import os
import sys
from pathlib import Path

import pytest
import torch

from multimodal import course_blip2
from multimodal.blip2 import Bridge
from multimodal.blip2_stage1 import Blip2Stage1
from multimodal.blip2_training import measure_stage1
from multimodal.checkpoints import CARD_FIELDS, course_weights, read_card
from multimodal.clip import CLIP
from multimodal.emoji_scenes import EmojiScenes
from multimodal.flickr8k import Flickr8k
from multimodal.hub import UnavailableError
from multimodal.photograph_encoder import PhotographEncoder, photograph_features
from multimodal.retrieval import own_captions
from multimodal.scene_features import frozen_image_tower, scene_features
from multimodal.scene_pairs import same_caption
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "multimodal"))
from small_llama import Letters, small_llama
from small_recipes import SmallEncoder, SmallFlickr8k, script

STAGE1 = ("blip2-stage1-emoji-scenes", "blip2-stage1-flickr8k")


def run(module, monkeypatch, *arguments) -> None:
    monkeypatch.setattr(sys, "argv", ["train.py", *map(str, arguments)])
    module.main()


@pytest.fixture(autouse=True)
def feature_cache(monkeypatch, tmp_path):
    """Keep the features of tests out of the reader's cache."""
    monkeypatch.setenv("FEATURE_CACHE", str(tmp_path / "features"))


def small(module, monkeypatch) -> None:
    """Shrink a recipe to what can be run in a moment."""
    standings = {
        "PhotographEncoder": SmallEncoder,
        "Flickr8k": SmallFlickr8k,
        "PART": 5,
        "FOR_LOSS": 6,
        "POOL": 6,
        "LOOKED_AT": 2,
        "BATCH_SIZE": 4,
        "CAPTIONS_EACH": 2,
        "FIRST_WORDS": Recipe(2, 4, 1e-3),
    }
    for name, value in standings.items():
        if hasattr(module, name):
            monkeypatch.setattr(module, name, value)
    loaded = small_llama(), Letters()
    monkeypatch.setattr(course_blip2, "load_smollm2", lambda: loaded)


@pytest.mark.parametrize("name", STAGE1)
def test_stage1_runs_and_writes_weights_and_card(name, monkeypatch, tmp_path):
    module = script(name)
    small(module, monkeypatch)
    scenes = ["--scenes", 12] if "scenes" in name else []
    run(module, monkeypatch, "--steps", 2, "--out", tmp_path, *scenes)
    model = Blip2Stage1.load(tmp_path)
    card = json.loads((tmp_path / "card.json").read_text())
    assert set(CARD_FIELDS) <= set(card)
    assert card["parameters"] == sum(p.numel() for p in model.parameters())
    for measured in card["metrics"].values():
        written = {"ITG"} if "flickr8k" in name else set()
        assert set(measured) == {"ITC", "ITM"} | written
        assert all(0 <= measured["ITC"][f"i2t R@{k}"] <= 1 for k in (1, 5, 10))
    assert Tokenizer.load(tmp_path).end_id + 2 == model.config.qformer.vocabulary_size


@pytest.mark.parametrize(
    "beginning",
    [
        [],
        ["--without-first-words"],
        ["--without-first-words", "--without-stage1"],
    ],
)
def test_stage2_on_photographs_goes_on_from_stage1(beginning, monkeypatch, tmp_path):
    first = script("blip2-stage1-flickr8k")
    small(first, monkeypatch)
    folder = tmp_path / "blip2-stage1-flickr8k"
    run(first, monkeypatch, "--steps", 2, "--out", folder)
    stage1 = Blip2Stage1.load(folder)
    second = script("blip2-flickr8k")
    small(second, monkeypatch)
    weights = second.course_weights
    monkeypatch.setattr(
        second,
        "course_weights",
        lambda name: folder if name == folder.name else weights(name),
    )
    monkeypatch.setattr(second, "nearest_score", lambda *_: {"CIDEr": 0.0})
    begun = []
    monkeypatch.setattr(
        second,
        "train_bridge",
        lambda bridge, *_, **__: begun.append(bridge.qformer.queries.clone()),
    )
    run(second, monkeypatch, "--steps", 1, "--out", tmp_path / "two", *beginning)
    if "--without-first-words" in beginning:
        new = "--without-stage1" in beginning
        assert torch.equal(begun[0], stage1.qformer.queries) != new
    card = json.loads((tmp_path / "two" / "card.json").read_text())
    assert set(CARD_FIELDS) <= set(card)
    assert bool(card["first_words"]) == (not beginning)
    measured = card["metrics"]["test"]
    assert {"loss", "loss with another photograph", "greedy"} <= set(measured)
    assert {"CIDEr", "BLEU-4"} <= set(measured["greedy"])
    assert Bridge.load(tmp_path / "two").config.language_width == 16
    progress = json.loads((tmp_path / "two" / "progress.json").read_text())
    assert len(progress["captions"]["0"]) == len(progress["photographs"]) == 5


def test_captions_on_the_way_are_kept_over_an_interruption(tmp_path, monkeypatch):
    recipe, said = script("blip2-flickr8k"), iter("abcdef")
    monkeypatch.setattr(recipe, "WATCHED", (0, 10, 25, 50))

    def watch(resumed):
        return recipe.OnTheWay(tmp_path / "new", lambda: [next(said)], resumed)

    watcher = watch(resumed=False)
    for step in range(30):
        watcher.look(step + 1)
    again = watch(resumed=True)
    for step in range(20, 60):
        again.look(step + 1)
    kept = json.loads((tmp_path / "new" / "progress.json").read_text())["captions"]
    assert kept == {"0": ["a"], "10": ["b"], "25": ["c"], "50": ["d"]}
    watch(resumed=False)  # a new training begins anew
    kept = json.loads((tmp_path / "new" / "progress.json").read_text())["captions"]
    assert kept == {"0": ["e"]}


@pytest.mark.parametrize("options", [[], ["--without-first-words"]])
def test_stage2_on_scenes_runs_with_a_model_of_transformers(
    options, monkeypatch, tmp_path
):
    module = script("blip2-emoji-scenes")
    small(module, monkeypatch)
    lessons, teach = [], module.teach_first_words

    def watched(*arguments):
        lessons.append(teach(*arguments))

    monkeypatch.setattr(module, "teach_first_words", watched)
    arguments = ["--language-model", "smollm2", "--steps", 1, "--scenes", 20, *options]
    run(module, monkeypatch, *arguments, "--pool", 3, "--out", tmp_path)
    card = json.loads((tmp_path / "card.json").read_text())
    assert set(card["metrics"]) == {"S0", "S1", "S2", "S3"}
    assert set(card["metrics"]["S0"]) >= {"image", "blank image", "other image"}
    assert "smollm2" in card["command"]
    assert Bridge.load(tmp_path).config.language_width == 16
    assert bool(lessons) == (not options) == bool(card["first_words"])
    unfinished = tmp_path / "interrupted" / "training.pt"
    unfinished.parent.mkdir()
    unfinished.touch()
    monkeypatch.setattr(module, "train_bridge", lambda *_, **__: None)
    run(module, monkeypatch, *arguments, "--pool", 3, "--out", tmp_path)
    assert len(lessons) == (not options)  # not a second time


def test_the_scenes_stage1_is_as_good_as_its_card_says():
    name, part = "blip2-stage1-emoji-scenes", 200
    folder, card = course_weights(name), read_card(name)
    tokenizer, scenes = Tokenizer.load(folder), EmojiScenes("S0", part)
    tower = frozen_image_tower(CLIP.load(course_weights("clip-emoji-scenes")))
    captions = [scene.captions[0] for scene in scenes]
    inputs = scene_features(tower, scenes), tokenizer(captions), same_caption(captions)
    measured = measure_stage1(Blip2Stage1.load(folder), *inputs, tokenizer.end_id, 1)
    for way in ("i2t R@1", "t2i R@1"):  # in a smaller pool it is easier
        assert measured["ITC"][way] >= card["metrics"]["S0"]["ITC"][way] - 0.03
        assert card["metrics"]["S0"]["ITC"][way] > 100 / card["pool"]


def test_the_photographs_stage1_is_as_good_as_its_card_says(tmp_path):
    name = "blip2-stage1-flickr8k"
    folder, card = course_weights(name), read_card(name)
    try:
        data = Flickr8k("test", os.environ.get("FLICKR8K_DATA"))
    except UnavailableError:
        pytest.skip("Flickr8k is not at hand; name its folder in FLICKR8K_DATA")
    part = next(key for key in card["metrics"] if key.startswith("first "))
    number = int(part.split()[1])
    tokenizer, captions = Tokenizer.load(folder), data.captions[:number]
    measured = measure_stage1(
        Blip2Stage1.load(folder),
        photograph_features(PhotographEncoder(), data.files[:number], folder=tmp_path),
        tokenizer([text for own in captions for text in own]),
        own_captions(captions),
        tokenizer.end_id,
        k=1,  # nothing that ITM could exchange: a second look takes minutes
    )
    for key, value in measured["ITC"].items():
        if "R@" in key:
            expected = card["metrics"][part]["ITC"][key]
            assert value == pytest.approx(expected, abs=0.04)
