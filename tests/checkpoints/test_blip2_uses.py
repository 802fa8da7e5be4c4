"""The record of what a bridge on scenes is good for counts what the model said."""

import json
import sys
from pathlib import Path

import pytest
import torch

from multimodal.blip2 import Bridge, BridgeConfig
from multimodal.checkpoints import course_weights
from multimodal.clip import CLIP
from multimodal.course_blip2 import CourseBlip2
from multimodal.emoji_scenes import OPPOSITE, PLACE
from multimodal.failures import nouns_of_caption, relation_questions
from multimodal.frozen_language_model import FrozenLanguageModel
from multimodal.language_model import LanguageModel, LanguageModelConfig
from multimodal.preprocessing import ImagePreprocessing
from multimodal.prompts import SHORT_ANSWER
from multimodal.qformer import QFormerConfig
from multimodal.scene_features import frozen_image_tower, scene_features
from multimodal.scene_texts import learn_scene_tokenizer

sys.path.insert(0, str(Path(__file__).parent))
from small_recipes import script


@pytest.fixture(scope="module")
def uses():
    return script("blip2-emoji-scenes", "uses.py")


@pytest.fixture(scope="module")
def model():
    """A model that has learned nothing, of the kinds of parts that the course's has."""
    torch.manual_seed(0)
    tokenizer = learn_scene_tokenizer(300)
    language = LanguageModel(LanguageModelConfig(len(tokenizer), 128, 8, 1, 1))
    bridge = Bridge(BridgeConfig(QFormerConfig(2, 8, 1, 1, 128), language_width=8))
    tower = frozen_image_tower(CLIP.load(course_weights("clip-emoji-scenes")))
    prepare = ImagePreprocessing((64, 64))

    def see(images):
        return tower.tokens(prepare(images)).detach()

    frozen = FrozenLanguageModel(language)
    return CourseBlip2(bridge.eval(), frozen, tokenizer, SHORT_ANSWER, see)


class Oracle:
    """A model that knows every scene by heart, and finds it by its features."""

    style = SHORT_ANSWER

    def __init__(self, uses, model, pool):
        self.see, self.split = model.see, uses.Split(model, "S0", pool)
        self.features = self.split.features

    def scene(self, features):
        """The scene with these features; None for a blank image."""
        same = (self.features == features).all(dim=(1, 2)).nonzero()
        return self.split.scenes[int(same[0])] if len(same) else None

    def captions(self, features, **options):
        scenes = map(self.scene, features)
        return [scene.captions[0] if scene else "nothing" for scene in scenes]

    def answers(self, features, questions, **options):
        return [
            answer_of(self.scene(image), question)
            for image, question in zip(features, questions, strict=True)
        ]

    def ask(self, features, questions):
        return [
            answer_of(self.scene(image), question.text)
            for image, own in zip(features, questions, strict=True)
            for question in own
        ]

    def write_on(self, features, prompts, **options):
        """Read the conversation before the question."""
        answers = []
        for image, prompt in zip(features, prompts, strict=True):
            nouns = [thing.noun for thing in self.scene(image).graph.objects]
            *history, _ = prompt.split("Question:")[1:]
            spoken_of = history[-1].split("answer: ")[1].split(".")[0] if history else 0
            place = nouns.index(spoken_of) if spoken_of else 0
            answers.append(place_of(self.scene(image), place))
        return answers


def place_of(scene, which):
    relation = scene.graph.relation
    return PLACE[relation if which == 0 else OPPOSITE[relation]]


def answer_of(scene, question):
    if scene is None:
        return "two"
    for known in scene.questions:
        if known.text == question:
            return known.answer
    if question.startswith("Is there"):
        there = {thing.noun for thing in scene.graph.objects}
        return "yes" if nouns_of_caption(question) <= there else "no"
    known = {one.text: one.answer for one in relation_questions(scene)}
    return known[question]


def test_who_knows_all_makes_no_mistake(uses, model):
    oracle = Oracle(uses, model, 30)
    split = oracle.split
    captions = uses.measure_captions(oracle, split, uses.NearestCaption(200))
    best, blind = captions["greedy"], captions["shown nothing"]
    assert best["F1 all"] == 1 and best["things not there"] == 0
    assert best["relations"] > 5 and best["relations turned round"] == 0
    assert blind["F1 all"] == 0 and blind["different"] == 1
    assert 0 < captions["nearest caption"]["F1 all"] < 1
    assert best["CIDEr"] > captions["nearest caption"]["CIDEr"] > blind["CIDEr"]
    told = uses.measure_conversations(oracle, split)
    assert told["remembers: both right"] == 1
    assert told["forgets: both right"] == 0 and told["forgets: right"] == 0.5
    polled = uses.measure_polling(oracle, split, uses.resembling_nouns())
    assert [polled[name]["accuracy"] for name in ("any", "resembling")] == [1, 1]
    for measured in uses.measure_relations(oracle, split).values():
        assert measured["both right"] == 1 and measured["pairs"] > 0
    counts = uses.measure_counts(oracle, split)
    table = torch.tensor(counts["table"])
    assert table.trace() == table.sum() > 5 and counts["right"] == 1
    assert set(counts["said of blank images"]) == {"two"}
    assert uses.measure_habit(oracle, split) == {"what": 0, "which colour": 0}


def test_what_the_tower_sees_is_what_training_showed(uses, model):
    split = uses.Split(model, "S0", 5)
    tower = frozen_image_tower(CLIP.load(course_weights("clip-emoji-scenes")))
    expected = scene_features(tower, split.scenes).float()  # kept in half precision
    assert torch.allclose(split.features, expected, atol=0.02)


def test_resembling_nouns_begin_with_the_noun_itself(uses):
    resembling = uses.resembling_nouns()
    assert resembling("cat")[0] == "cat" and len(set(resembling("bee"))) == 144


def test_the_record_is_made_in_one_go(uses, model, monkeypatch, tmp_path):
    for name, value in {"KNOWN": 50, "scene_blip2": lambda _: model}.items():
        monkeypatch.setattr(uses, name, value)
    out = tmp_path / "uses.json"
    words = ["uses.py", "--language-model", "own", "--pool", "12", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", words)
    uses.main()
    record = json.loads(out.read_text())
    assert set(record["captions"]) == {"S0", "S1", "S2", "S3"}
    assert {"conversations", "polling", "relations", "counts", "habit"} <= set(record)
    for ways in record["captions"].values():
        assert set(ways) == {*uses.WAYS, "shown nothing", "nearest caption"}


def test_without_weights_it_says_what_is_missing(uses, monkeypatch):
    def missing(_):
        raise FileNotFoundError("no course weights 'blip2-emoji-scenes'")

    monkeypatch.setattr(uses, "scene_blip2", missing)
    monkeypatch.setattr(sys, "argv", ["uses.py"])
    with pytest.raises(SystemExit, match="no course weights"):
        uses.main()
