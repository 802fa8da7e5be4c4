"""Measure how a model that looks at images fails, and how often."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from multimodal.emoji_scenes import (
    NOUNS,
    OPPOSITE,
    PHRASE,
    Question,
    Scene,
    SceneGraph,
    with_article,
)
from multimodal.scene_metrics import parse_caption, relation_fact
from multimodal.vqa_metrics import normalise_answer, vqa_accuracy

# what photographs of people and animals show, with other words for it
THINGS = {
    "dog": "dog dogs puppy puppies",
    "person": "person people man men woman women boy boys girl girls child children "
    "kid kids player players lady guy toddler baby crowd group team rider biker skier "
    "climber surfer skateboarder snowboarder",
    "ball": "ball balls football basketball baseball soccer tennis volleyball",
    "bicycle": "bicycle bicycles bike bikes biker bikers cyclist cyclists bicyclist",
    "car": "car cars truck vehicle van",
    "horse": "horse horses",
    "water": "water ocean sea lake river pool wave waves beach pond stream surf",
    "snow": "snow snowy ice",
    "grass": "grass grassy lawn field",
    "tree": "tree trees forest woods",
    "rock": "rock rocks rocky cliff boulder mountain mountains",
    "skateboard": "skateboard skateboarder skateboarding skateboarders",
}


@dataclass(frozen=True)
class Hallucination:
    """How often captions name what is not there (CHAIR, Rohrbach et al., 2018).

    Args:
        named: number of things that captions named.
        wrong: number of these that are not in their images.
        captions: number of captions.
        wrong_captions: number of captions that name one such thing or more.
    """

    named: int
    wrong: int
    captions: int
    wrong_captions: int

    @property
    def of_things(self) -> float:
        """The share of named things that are not there (CHAIR_i); 0 if none is."""
        return self.wrong / self.named if self.named else 0.0

    @property
    def of_captions(self) -> float:
        """The share of captions that name one such thing or more (CHAIR_s)."""
        return self.wrong_captions / self.captions


def hallucination(
    named: Sequence[set[str]], there: Sequence[set[str]]
) -> Hallucination:
    """Count the things that captions name and images don't show.

    Args:
        named: of each caption the things that it names, each once.
        there: of each image the things that it shows.
    Raises:
        ValueError: there are more captions than images, or fewer, or none.
    """
    if len(named) != len(there) or not named:
        raise ValueError(
            f"{len(named)} captions of {len(there)} images: give one of each image"
        )
    wrong = [len(said - seen) for said, seen in zip(named, there, strict=True)]
    total = sum(map(len, named))
    return Hallucination(total, sum(wrong), len(named), sum(map(bool, wrong)))


def nouns_of_caption(text: str) -> set[str]:
    """Find the nouns of EmojiScenes that a caption names, counted or not."""
    return {fact[1] for fact in parse_caption(text) if fact[0] == "object"}


def things_of_caption(text: str) -> set[str]:
    """Find which of `THINGS` a caption names, by any of their words."""
    words = set(re.findall(r"[a-z]+", text.lower()))
    return {thing for thing, names in THINGS.items() if words & set(names.split())}


def polling_questions(
    scenes: Sequence[Scene],
    resembling: Callable[[str], Sequence[str]] | None = None,
    seed: int = 0,
) -> list[list[Question]]:
    """Ask of each scene for a thing that is there, and for one that is not.

    This is POPE, the polling of Li et al. ("Evaluating object hallucination in large
    vision-language models", 2023): half of the right answers are "yes". Their hardest
    missing things occur often together with what is there; ours resemble it.

    Args:
        scenes: of which something is asked.
        resembling: gives the nouns most like a noun, the likest first; then the
            missing thing resembles the one that is there. Otherwise it is any noun.
        seed: draws the nouns.
    Returns:
        Two questions for each scene, of the kinds "there" and "not there".
    """
    polled = []
    for scene in scenes:
        rng = random.Random(f"polling {seed} {scene.seed}")
        nouns = {thing.noun: None for thing in scene.graph.objects}  # keeps the order
        present = rng.choice(list(nouns))
        if resembling:
            missing = next(noun for noun in resembling(present) if noun not in nouns)
        else:
            missing = rng.choice([noun for noun in NOUNS if noun not in nouns])
        text = "Is there {} in the picture?"
        polled.append(
            [
                Question("there", text.format(with_article(present)), "yes"),
                Question("not there", text.format(with_article(missing)), "no"),
            ]
        )
    return polled


def polling_scores(
    answers: Sequence[str], questions: Sequence[Question]
) -> dict[str, float]:
    """Score yes and no as POPE does.

    Args:
        answers: one to each question; what is neither yes nor no counts as "no".
        questions: of `polling_questions`, in a row.
    Returns:
        Shares: "accuracy"; "yes", how often the model says so; "precision" and
        "recall" of its yes; their "F1".
    """
    said = [normalise_answer(answer) == "yes" for answer in answers]
    true = [question.answer == "yes" for question in questions]
    pairs = Counter(zip(said, true, strict=True))
    right, yes = pairs[True, True], sum(said)
    return {
        "accuracy": (right + pairs[False, False]) / len(said),
        "yes": yes / len(said),
        "precision": right / yes if yes else 0.0,
        "recall": right / sum(true) if any(true) else 0.0,
        "F1": 2 * right / (yes + sum(true)) if yes + sum(true) else 0.0,
    }


def count_table(
    answers: Sequence[str], questions: Sequence[Question], most: int
) -> Tensor:
    """Count how often each number was answered where another was right.

    Args:
        answers: one to each question.
        questions: of the kind "how many", with their right answers.
        most: the largest number; more, less than one and other words share a column.
    Returns:
        int64 (most, most + 1): a row for each right number from 1, a column for each
        answer from 1, and the last one for all other answers.
    """
    table = torch.zeros(most, most + 1, dtype=torch.int64)
    for answer, question in zip(answers, questions, strict=True):
        said, true = normalise_answer(answer), int(normalise_answer(question.answer))
        known = said.isdecimal() and 1 <= int(said) <= most
        table[true - 1, int(said) - 1 if known else most] += 1
    return table


def relation_questions(scene: Scene) -> list[Question]:
    """Ask of two things where one is, and then the same the other way round.

    Only one answer is "yes", so that who says the same to both gets one of them wrong,
    whatever is in the image.

    Args:
        scene: with a relation.
    Returns:
        Two questions, the first with the answer "yes"; their kind is "left or right" or
        "above or below".
    """
    first, second = (thing.noun for thing in scene.graph.objects)
    relation = scene.graph.relation
    beside = relation in ("left of", "right of")
    kind = "left or right" if beside else "above or below"
    return [
        Question(kind, f"Is the {first} {PHRASE[said]} the {second}?", answer)
        for said, answer in ((relation, "yes"), (OPPOSITE[relation], "no"))
    ]


def sides_exchanged(captions: Sequence[str], graphs: Sequence[SceneGraph]) -> Counter:
    """Count relations in captions: right, or with the two things exchanged.

    Args:
        captions: one of each scene.
        graphs: the scenes.
    Returns:
        How many relations are "right" and how many "turned round", among those whose
        two things are the scene's, and whose axis, too.
    """
    counted = Counter()
    for text, graph in zip(captions, graphs, strict=True):
        if graph.relation is None:
            continue
        first, second = (thing.noun for thing in graph.objects)
        right = relation_fact(first, graph.relation, second)
        turned = relation_fact(second, graph.relation, first)
        said = parse_caption(text)
        counted["right"] += right in said
        counted["turned round"] += turned in said
    return counted


def share_of_both_right(answers: Sequence[str], questions: Sequence[Question]) -> float:
    """Give the share of pairs of questions of which both were answered rightly.

    Args:
        answers: to the questions.
        questions: pairs in a row, as of `relation_questions`.
    """
    right = [
        vqa_accuracy(answer, [question.answer]) == 1
        for answer, question in zip(answers, questions, strict=True)
    ]
    pairs = list(zip(right[::2], right[1::2], strict=True))
    return sum(map(all, pairs)) / len(pairs)


def share_unmoved(
    answers: Iterable[str],
    other_answers: Iterable[str],
    questions: Iterable[Question],
    other_questions: Iterable[Question],
) -> float:
    """Give the share of answers that another image leaves as they were.

    Only those are counted whose right answer is another one with the other image: who
    looks has to change them, and who answers from habit doesn't.

    Args:
        answers: with the image that the question is about.
        other_answers: to the same questions, with another image.
        questions: with the right answers.
        other_questions: what would be right with the other image.
    """
    rows = zip(answers, other_answers, questions, other_questions, strict=True)
    counted = [
        normalise_answer(answer) == normalise_answer(other)
        for answer, other, question, changed in rows
        if question.answer != changed.answer
    ]
    return sum(counted) / len(counted)
