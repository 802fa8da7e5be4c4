"""The course's models are put together from their parts, whatever is in them."""

import shutil

import pytest
import torch
from small_llama import Letters, small_llama

from multimodal import course_blip2
from multimodal.blip2 import Bridge, BridgeConfig
from multimodal.checkpoints import course_weights
from multimodal.course_blip2 import (
    photograph_blip2,
    photograph_style,
    scene_blip2,
    scene_style,
)
from multimodal.emoji_scenes import EmojiScenes
from multimodal.photographs import photograph
from multimodal.prompts import SHORT_ANSWER, build_prompt
from multimodal.qformer import QFormerConfig


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """A folder of course weights, with new bridges for small language models."""
    for name in ("clip-emoji-scenes", "language-model-emoji-scenes"):
        shutil.copytree(course_weights(name), tmp_path / name)
    llama = small_llama()
    monkeypatch.setattr(course_blip2, "load_smollm2", lambda: (llama, Letters()))
    for name, image_width, width in (
        ("blip2-emoji-scenes", 128, 128),
        ("blip2-smollm2-emoji-scenes", 128, 16),
        ("blip2-flickr8k", 1280, 16),
    ):
        qformer = QFormerConfig(3, 8, 1, 1, image_width)
        bridge = Bridge(BridgeConfig(qformer, width))
        bridge = bridge.half() if "flickr" in name else bridge
        bridge.save(tmp_path / name)
    monkeypatch.setenv("COURSE_WEIGHTS", str(tmp_path))


@pytest.mark.parametrize("name", ["own", "smollm2"])
def test_a_model_for_scenes_writes_answers_and_chats(name, weights):
    model = scene_blip2(name)
    assert (model.style == SHORT_ANSWER) == (name == "own")
    images = [scene.image for scene in EmojiScenes("S0", 2)]
    features = model.see(images)
    assert features.shape == (2, 65, 128)
    captions = model.captions(features, longest=4)
    assert len(captions) == 2
    questions = ["How many cats are there?"] * 2
    answers = model.answers(features, questions, longest=4)
    prompts = [build_prompt([], text, model.style) for text in questions]
    assert model.write_on(features, prompts, longest=4) == answers
    speaker = model.speaker(longest=4)
    assert speaker.reply(images[0], [], questions[0]) == answers[0]


def test_a_model_for_photographs_works_in_single_precision(weights):
    model = photograph_blip2()
    assert model.style == photograph_style()
    assert {p.dtype for p in model.bridge.parameters()} == {torch.float32}
    features = model.see([photograph("cat")])
    assert features.shape == (1, 49, 1280)
    assert len(model.captions(features, longest=3)) == 1


def test_missing_weights_are_named(weights, tmp_path):
    shutil.rmtree(tmp_path / "blip2-flickr8k")
    with pytest.raises(FileNotFoundError, match="no course weights 'blip2-flickr8k'"):
        photograph_blip2()


def test_styles_show_captions_and_answers_one_in_each_line():
    for style, number in ((scene_style("smollm2"), 14), (photograph_style(), 11)):
        *examples, begun = style.opening.split("\n")
        assert len(examples) == number and begun == "Picture:"
        captions = [line for line in examples if style.caption_request in line]
        assert 2 <= len(captions) < number - 4
        for line in examples:
            assert line.startswith("Picture: ") and line.count(" Answer: ") in (1, 2)
