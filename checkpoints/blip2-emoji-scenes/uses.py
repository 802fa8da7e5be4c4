"""Measure what a bridge on scenes can be used for, and how it fails (chapter 6).

    python checkpoints/blip2-emoji-scenes/uses.py [--language-model smollm2]

It lets captions be written in three ways, and scores them beside the nearest caption
and a model that is shown nothing; it asks in conversations; and it counts failures:
things that aren't there, wrong numbers, sides exchanged, answers out of habit. The
result is `uses.json` beside the weights.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from multimodal.caption_metrics import cider
from multimodal.checkpoints import course_weights, device_name
from multimodal.clip import CLIP
from multimodal.course_blip2 import SCENE_BRIDGES, CourseBlip2, scene_blip2
from multimodal.emoji_scenes import NOUNS, EmojiScenes, Scene, with_article
from multimodal.failures import (
    count_table,
    hallucination,
    nouns_of_caption,
    polling_questions,
    polling_scores,
    relation_questions,
    share_of_both_right,
    share_unmoved,
    sides_exchanged,
)
from multimodal.prompts import build_prompt
from multimodal.scene_metrics import scene_f1
from multimodal.scene_pairs import embed_images, embed_texts, scene_tensors
from multimodal.scene_texts import follow_up
from multimodal.search import exact_search
from multimodal.tokenizer import Tokenizer
from multimodal.vqa_metrics import accuracy_by_kind, derangement

HERE = Path(__file__).parent
SPLITS = ("S0", "S1", "S2", "S3")
WAYS = {
    "greedy": {},
    "beams of 3": {"beams": 3},
    "nucleus of 0.9": {"top_p": 0.9},
}
POOL = 200  # scenes of each split
KNOWN = 20_000  # scenes of train whose captions can be taken over
MOST = 9  # largest number that is asked for


class Split:
    """The first scenes of a split, and what the model's frozen tower sees in them."""

    def __init__(self, model: CourseBlip2, name: str, pool: int):
        self.scenes: list[Scene] = EmojiScenes(name, pool)[:]
        self.features = model.see([scene.image for scene in self.scenes])

    def those(self, wanted: Callable[[Scene], bool]) -> tuple[list[Scene], Tensor]:
        """Pick scenes with their features."""
        numbers = [place for place, s in enumerate(self.scenes) if wanted(s)]
        return [self.scenes[place] for place in numbers], self.features[numbers]


class NearestCaption:
    """A model that can't write: it takes over the nearest caption of training."""

    def __init__(self, known: int):
        folder = course_weights("clip-emoji-scenes")
        self.clip, self.tokenizer = CLIP.load(folder), Tokenizer.load(folder)
        self.captions = [scene.captions[0] for scene in EmojiScenes("train", known)]
        self.vectors = embed_texts(self.clip, self.tokenizer, self.captions)

    def __call__(self, scenes: Sequence[Scene]) -> list[str]:
        """Give a caption for each scene."""
        images = scene_tensors([scene.graph for scene in scenes])
        places = exact_search(embed_images(self.clip, images), self.vectors, 1)[1]
        return [self.captions[place] for place in places[:, 0].tolist()]


def resembling_nouns() -> Callable[[str], list[str]]:
    """Rank nouns by how near CLIP puts them: those that look alike come first."""
    folder = course_weights("clip-emoji-scenes")
    texts = [with_article(noun) for noun in NOUNS]
    vectors = embed_texts(CLIP.load(folder), Tokenizer.load(folder), texts)
    order = (vectors @ vectors.T).argsort(dim=1, descending=True).tolist()

    def resembling(noun: str) -> list[str]:
        return [NOUNS[place] for place in order[NOUNS.index(noun)]]

    return resembling


def rounded(numbers: dict[str, float]) -> dict[str, float]:
    """Keep four digits, and leave out what is no number: the F1 of no facts."""
    return {name: round(value, 4) for name, value in numbers.items() if value == value}


def score_captions(captions: Sequence[str], scenes: Sequence[Scene]) -> dict:
    """Score captions by their facts, and against the five of each scene."""
    scores = scene_f1(captions, [scene.graph for scene in scenes])
    said = [nouns_of_caption(text) for text in captions]
    there = [{thing.noun for thing in scene.graph.objects} for scene in scenes]
    wrong = hallucination(said, there)
    sides = sides_exchanged(captions, [scene.graph for scene in scenes])
    return {
        **rounded({f"F1 {kind}": score.f1 for kind, score in scores.items()}),
        "CIDEr": round(cider(captions, [scene.captions for scene in scenes]), 2),
        "different": len(set(captions)),
        "things not there": round(wrong.of_things, 4),
        "captions with such things": round(wrong.of_captions, 4),
        "relations": sides.total(),
        "relations turned round": sides["turned round"],
    }


def measure_captions(
    model: CourseBlip2, split: Split, nearest: NearestCaption
) -> dict[str, dict]:
    """Write captions in each way, beside two that need no model of language."""
    written = {}
    for way, options in WAYS.items():
        if "top_p" in options:
            options = options | {"generator": torch.Generator().manual_seed(0)}
        written[way] = model.captions(split.features, **options)
    blank = torch.zeros_like(split.features[:1])
    written["shown nothing"] = model.captions(blank) * len(split.scenes)
    written["nearest caption"] = nearest(split.scenes)
    return {way: score_captions(texts, split.scenes) for way, texts in written.items()}


def measure_conversations(model: CourseBlip2, split: Split) -> dict[str, float]:
    """Ask where "it" is, after a question about one thing, and after one about another.

    Who forgets what was said gives both times the same answer, and one is wrong.
    """
    scenes, features = split.those(lambda scene: bool(scene.graph.relation))
    turns = [follow_up(scene, subject) for scene in scenes for subject in (0, 1)]
    images = features.repeat_interleave(2, dim=0)
    questions, measured = [question for _, question in turns], {}
    for name, remembers in (("remembers", True), ("forgets", False)):
        prompts = [
            build_prompt(history if remembers else [], question.text, model.style)
            for history, question in turns
        ]
        answers = model.write_on(images, prompts)
        measured[f"{name}: right"] = accuracy_by_kind(answers, questions)["all"]
        measured[f"{name}: both right"] = share_of_both_right(answers, questions)
    return {"pairs": len(scenes), **rounded(measured)}


def measure_polling(
    model: CourseBlip2, split: Split, resembling: Callable[[str], list[str]]
) -> dict[str, dict]:
    """Ask for things that are there and that aren't: any, or such as look like them."""
    measured = {}
    for name, chosen in (("any", None), ("resembling", resembling)):
        polled = polling_questions(split.scenes, chosen)
        answers = model.ask(split.features, polled)
        measured[name] = rounded(
            polling_scores(answers, [one for own in polled for one in own])
        )
    return measured


def measure_relations(model: CourseBlip2, split: Split) -> dict[str, dict]:
    """Ask whether one thing is on one side of the other, and whether it is not."""
    measured = {}
    for kind in ("left or right", "above or below"):
        scenes, features = split.those(
            lambda scene, kind=kind: (
                bool(scene.graph.relation) and relation_questions(scene)[0].kind == kind
            )
        )
        questions = [relation_questions(scene) for scene in scenes]
        answers = model.ask(features, questions)
        row = [one for own in questions for one in own]
        measured[kind] = {
            "pairs": len(scenes),
            "right": round(accuracy_by_kind(answers, row)["all"], 4),
            "both right": round(share_of_both_right(answers, row), 4),
            "yes": round(polling_scores(answers, row)["yes"], 4),
        }
    return measured


def measure_counts(model: CourseBlip2, split: Split) -> dict[str, object]:
    """Ask how many there are, with the image and with a blank one."""
    scenes, features = split.those(lambda scene: not scene.graph.relation)
    questions = [
        next(one for one in scene.questions if one.kind == "how many")
        for scene in scenes
    ]
    texts = [question.text for question in questions]
    answers = model.answers(features, texts)
    blind = model.answers(torch.zeros_like(features), texts)
    return {
        "table": count_table(answers, questions, MOST).tolist(),
        "right": round(accuracy_by_kind(answers, questions)["all"], 4),
        "blank image": round(accuracy_by_kind(blind, questions)["all"], 4),
        "said of blank images": dict(Counter(blind).most_common(3)),
    }


def measure_habit(model: CourseBlip2, split: Split) -> dict[str, float]:
    """Ask the same of an image and of another one: how often does the answer stay?"""
    scenes, features = split.those(lambda scene: not scene.graph.relation)
    order, measured = derangement(len(scenes)), {}
    for kind in ("what", "which colour"):
        own = [
            next(one for one in scene.questions if one.kind == kind) for scene in scenes
        ]
        texts = [question.text for question in own]
        parts = (model.answers(features, texts), model.answers(features[order], texts))
        share = share_unmoved(*parts, own, [own[place] for place in order])
        measured[kind] = round(share, 4)
    return measured


def main() -> None:
    """Measure, and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--language-model", choices=SCENE_BRIDGES, default="smollm2", dest="language"
    )
    parser.add_argument("--pool", type=int, default=POOL)
    parser.add_argument("--out", type=Path, help="the record")
    arguments = parser.parse_args()
    name = SCENE_BRIDGES[arguments.language]
    try:
        model = scene_blip2(arguments.language)
    except OSError as error:
        sys.exit(str(error))
    splits = {split: Split(model, split, arguments.pool) for split in SPLITS}
    nearest, resembling = NearestCaption(KNOWN), resembling_nouns()
    result: dict[str, object] = {
        "data": f"the first {arguments.pool} groups and pairs of each split, seed 0; "
        f"nearest captions from those of {KNOWN} scenes of train",
        "pool": arguments.pool,
        "captions": {},
        "measured_on": device_name(),
        "command": f"python checkpoints/{HERE.name}/uses.py "
        f"--language-model {arguments.language} --pool {arguments.pool}",
    }
    for split, scenes in splits.items():
        result["captions"][split] = measure_captions(model, scenes, nearest)
        print(split, result["captions"][split], flush=True)
    for part, measure in (
        ("conversations", measure_conversations),
        ("polling", lambda *parts: measure_polling(*parts, resembling)),
        ("relations", measure_relations),
        ("counts", measure_counts),
        ("habit", measure_habit),
    ):
        result[part] = measure(model, splits["S0"])
        print(part, result[part], flush=True)
    out = arguments.out or HERE.with_name(name) / "uses.json"
    out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
