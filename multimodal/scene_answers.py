"""Captions and answers about scenes: what stage 2 learns, and how it is measured."""

import math
import random
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from multimodal.captioning import answer_questions, write_captions
from multimodal.clip import ImageTower
from multimodal.emoji_scenes import EmojiScenes, Question, Scene
from multimodal.first_words import scene_telegram, telegram_text
from multimodal.frozen_language_model import FrozenLanguageModel
from multimodal.prompts import (
    PromptFormat,
    build_prompt,
    caption_prompt,
    encode_answers,
    encode_prompts,
)
from multimodal.scene_features import scene_features
from multimodal.scene_metrics import scene_f1
from multimodal.scene_texts import follow_up
from multimodal.tokenizer import Tokenizer
from multimodal.vqa_metrics import (
    QuestionOnly,
    accuracy_by_kind,
    derangement,
    majority_answers,
)

Example = tuple[list[int], list[int]]  # a prompt and the answer to it
ASKED = ("how many", "what", "yes/no", "where", "which colour")  # kinds of questions


def encode_examples(
    tokenizer: Tokenizer | PreTrainedTokenizerBase,
    prompts: Sequence[str],
    answers: Sequence[str],
    style: PromptFormat,
) -> list[Example]:
    """Turn prompts and the answers to them into pairs of token numbers."""
    rows = encode_prompts(tokenizer, prompts, style)
    return list(zip(rows, encode_answers(tokenizer, answers, style), strict=True))


def scene_examples(
    scene: Scene, tokenizer: Tokenizer | PreTrainedTokenizerBase, style: PromptFormat
) -> list[Example]:
    """Give what can be learned about a scene: its five captions, its four questions.

    Returns:
        Pairs of a prompt and an answer, as token numbers, for `AnswerBatches`.
    """
    prompts = [caption_prompt(style)] * len(scene.captions)
    prompts += [build_prompt([], question.text, style) for question in scene.questions]
    answers = scene.captions + [question.answer for question in scene.questions]
    return encode_examples(tokenizer, prompts, answers, style)


def conversation_examples(
    scene: Scene, tokenizer: Tokenizer | PreTrainedTokenizerBase, style: PromptFormat
) -> list[Example]:
    """Give what can be learned from conversations about a scene, of two questions each.

    Returns:
        Two pairs of a prompt that holds the first question and its answer, and the
        answer to the second one; with two things, one of the two is a `follow_up`.
    """
    rng = random.Random(f"conversation {scene.seed}")
    first, second, third, fourth = rng.sample(scene.questions, 4)
    turns = [([(first.text, first.answer)], second)]
    if scene.graph.relation:
        turns.append(follow_up(scene, rng.randrange(2)))
    else:
        turns.append(([(third.text, third.answer)], fourth))
    prompts = [build_prompt(history, last.text, style) for history, last in turns]
    answers = [last.answer for _, last in turns]
    return encode_examples(tokenizer, prompts, answers, style)


def worked_scene_examples(
    style: PromptFormat, rounds: int = 2
) -> list[tuple[str, str, str]]:
    """Give examples for `show_examples`: of each kind of question, a caption, a chat.

    They are about the first scenes of the train split, each about another one, and of
    one kind no two have the same answer.

    Args:
        style: the format of their prompts.
        rounds: how many of each kind.
    """
    examples, known, scenes = [], set(), iter(EmojiScenes("train", 100 * rounds))
    for kind in rounds * (*ASKED, "caption", "follow-up"):
        for scene in scenes:
            prompts = {
                question.kind: (build_prompt([], question.text, style), question.answer)
                for question in scene.questions
            }
            caption = scene.captions[len(examples) % len(scene.captions)]
            prompts["caption"] = (caption_prompt(style), caption)
            if scene.graph.relation:
                history, last = follow_up(scene, len(examples) % 2)
                prompt = build_prompt(history, last.text, style)
                prompts["follow-up"] = (prompt, last.answer)
            if kind in prompts and (kind, prompts[kind][1]) not in known:
                known.add((kind, prompts[kind][1]))
                picture = telegram_text(scene_telegram(scene))
                examples.append((picture, *prompts[kind]))
                break
    return examples


def ask(
    bridge: nn.Module,
    language: FrozenLanguageModel,
    tokenizer: Tokenizer | PreTrainedTokenizerBase,
    style: PromptFormat,
    features: Tensor,
    questions: Sequence[Sequence[Question]],
) -> list[str]:
    """Ask all questions about each image, and return the answers in a row."""
    counts = torch.tensor([len(own) for own in questions])
    images = features.repeat_interleave(counts, dim=0)
    texts = [question.text for own in questions for question in own]
    return answer_questions(bridge, language, tokenizer, images, texts, style)


def measure_answers(
    bridge: nn.Module,
    language: FrozenLanguageModel,
    tokenizer: Tokenizer | PreTrainedTokenizerBase,
    style: PromptFormat,
    features: Tensor,
    scenes: Sequence[Scene],
) -> dict[str, dict[str, float]]:
    """Measure answers to the questions about scenes, beside what needs no image.

    Args:
        bridge, language, tokenizer, style: that belong together.
        features: of the scenes, (scenes, image tokens, image_width).
        scenes: with their questions.
    Returns:
        Shares of right answers, in all and for each kind: with the image, with a blank
        one (features of zeros), with that of another scene; and without the model, what
        was right most often in training after the same question ("question only"), or
        for the same kind ("majority").
    """
    questions = [scene.questions for scene in scenes]
    every = [question for own in questions for question in own]
    train = [
        question for scene in EmojiScenes("train", 2000) for question in scene.questions
    ]
    majority, question_only = majority_answers(train), QuestionOnly(train)
    parts = (bridge, language, tokenizer, style)
    images = {
        "image": features,
        "blank image": torch.zeros_like(features),
        "other image": features[derangement(len(features))],
    }
    answers = {name: ask(*parts, seen, questions) for name, seen in images.items()}
    answers["question only"] = [question_only(question.text) for question in every]
    answers["majority"] = [majority[question.kind] for question in every]
    return {
        name: {
            kind: round(share, 4)
            for kind, share in accuracy_by_kind(given, every).items()
        }
        for name, given in answers.items()
    }


def measure_captions(
    bridge: nn.Module,
    language: FrozenLanguageModel,
    tokenizer: Tokenizer | PreTrainedTokenizerBase,
    style: PromptFormat,
    features: Tensor,
    scenes: Sequence[Scene],
) -> dict[str, float]:
    """Measure captions of scenes by the facts that they state: F1, in all and by kind.

    A kind of which there is no fact, neither stated nor true, is left out.

    Args: as for `measure_answers`.
    """
    options = {"style": style}
    written = write_captions(bridge, language, tokenizer, features, **options)
    scores = scene_f1(written, [scene.graph for scene in scenes])
    return {
        kind: round(score.f1, 4)
        for kind, score in scores.items()
        if not math.isnan(score.f1)
    }


def measure_scene_split(
    bridge: nn.Module,
    language: FrozenLanguageModel,
    tokenizer: Tokenizer | PreTrainedTokenizerBase,
    style: PromptFormat,
    tower: ImageTower,
    split: str,
    pool: int,
) -> dict[str, dict[str, float]]:
    """Measure answers and captions on the first scenes of a split."""
    scenes = EmojiScenes(split, pool)[:]
    features = scene_features(tower, scenes)
    parts = (bridge, language, tokenizer, style, features, scenes)
    return measure_answers(*parts) | {"caption F1": measure_captions(*parts)}
