"""The bridges to SmolLM2 do what their cards say, and what the course promises."""

import os

import pytest

from multimodal.caption_metrics import cider
from multimodal.checkpoints import read_card
from multimodal.course_blip2 import photograph_blip2, scene_blip2
from multimodal.emoji_scenes import EmojiScenes
from multimodal.flickr8k import Flickr8k
from multimodal.hub import UnavailableError
from multimodal.photograph_encoder import PhotographEncoder, photograph_features
from multimodal.vqa_metrics import accuracy_by_kind, derangement

FEW = 40  # scenes that are asked about again


def test_the_bridge_on_scenes_sees_as_much_as_its_card_says():
    card, model = read_card("blip2-smollm2-emoji-scenes"), scene_blip2()
    scenes = EmojiScenes("S0", FEW)[:]
    features = model.see([scene.image for scene in scenes])
    questions = [scene.questions for scene in scenes]
    every = [question for own in questions for question in own]
    shares = {}
    for name, seen in (
        ("image", features),
        ("other image", features[derangement(FEW)]),
    ):
        shares[name] = accuracy_by_kind(model.ask(seen, questions), every)["all"]
        stated = card["metrics"]["S0"][name]["all"]
        # 160 of the 400 questions of the card: three standard deviations of a share
        assert shares[name] == pytest.approx(stated, abs=0.12), name
    assert shares["image"] > shares["other image"] + 0.2


def test_the_bridge_on_photographs_writes_as_well_as_its_card_says(tmp_path):
    card = read_card("blip2-flickr8k")
    test = card["metrics"]["test"]
    nearest = card["metrics"]["nearest caption"]["test"]
    for way in ("greedy", "beams of 3"):
        for score in ("CIDEr", "BLEU-4"):
            assert test[way][score] > 1.15 * nearest[score], (way, score)
    assert test["loss"] < test["loss with another photograph"] - 0.3
    try:
        data = Flickr8k("test", os.environ.get("FLICKR8K_DATA"))
    except UnavailableError:
        pytest.skip("Flickr8k is not at hand; name its folder in FLICKR8K_DATA")
    part = next(name for name in card["metrics"] if name.startswith("first "))
    number, model = int(part.split()[1]), photograph_blip2()
    files = data.files[:number]
    maps = photograph_features(PhotographEncoder(), files, folder=tmp_path)
    written = model.captions(maps, batch_size=25)
    stated = card["metrics"][part]["greedy"]["CIDEr"]
    assert cider(written, data.captions[:number]) == pytest.approx(stated, abs=4)
