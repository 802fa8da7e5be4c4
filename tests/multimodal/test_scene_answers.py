"""What stage 2 learns about a scene is true, and what is measured is what was said."""

import pytest
import torch
from torch import nn

from multimodal import scene_answers
from multimodal.emoji_scenes import OPPOSITE, PHRASE, PLACE, EmojiScenes
from multimodal.first_words import scene_telegram, telegram_text
from multimodal.prompts import FEW_SHOT, SHORT_ANSWER, build_prompt, caption_prompt
from multimodal.scene_answers import (
    ASKED,
    conversation_examples,
    measure_answers,
    scene_examples,
    worked_scene_examples,
)
from multimodal.scene_texts import follow_up, learn_scene_tokenizer

SCENES = EmojiScenes("train", 60)[:]


@pytest.fixture(scope="module")
def tokenizer():
    return learn_scene_tokenizer(600)


def decoded(tokenizer, examples):
    """Prompts and answers as texts, START left out."""
    return [tuple(tokenizer.decode(ids) for ids in example) for example in examples]


def plain(tokenizer, text):
    """A text as it comes back from the tokenizer."""
    return tokenizer.decode(tokenizer.encode(text))


def test_a_scene_gives_its_captions_and_its_questions(tokenizer):
    for scene in SCENES[:20]:
        pairs = decoded(tokenizer, scene_examples(scene, tokenizer, SHORT_ANSWER))
        texts = [plain(tokenizer, text) for text in scene.captions]
        assert [answer for _, answer in pairs[:5]] == texts
        assert pairs[5:] == [
            (
                plain(tokenizer, build_prompt([], question.text, SHORT_ANSWER)),
                plain(tokenizer, question.answer),
            )
            for question in scene.questions
        ]


def test_a_follow_up_is_about_the_thing_that_was_spoken_of():
    pairs = [scene for scene in SCENES if scene.graph.relation]
    for scene in pairs:
        first, second = (thing.noun for thing in scene.graph.objects)
        relation = scene.graph.relation
        ((asked, said),), question = follow_up(scene, 0)
        assert (asked, said) == (f"What is {PHRASE[relation]} the {second}?", first)
        assert (question.text, question.answer) == ("Where is it?", PLACE[relation])
        ((asked, said),), other = follow_up(scene, 1)
        turned = OPPOSITE[relation]
        assert (asked, said) == (f"What is {PHRASE[turned]} the {first}?", second)
        assert (other.text, other.answer) == (question.text, PLACE[turned])


def test_conversations_hold_a_true_answer_and_ask_on(tokenizer):
    for scene in SCENES:
        pairs = decoded(
            tokenizer, conversation_examples(scene, tokenizer, SHORT_ANSWER)
        )
        assert len(pairs) == 2
        own = scene.questions
        possible = {
            (
                plain(
                    tokenizer,
                    build_prompt([(a.text, a.answer)], b.text, SHORT_ANSWER),
                ),
                plain(tokenizer, b.answer),
            )
            for a in own
            for b in own
            if a is not b
        }
        assert pairs[0] in possible and len(set(pairs)) == 2
        if scene.graph.relation:
            turns = [follow_up(scene, subject) for subject in (0, 1)]
            assert pairs[1] in [
                (
                    plain(tokenizer, build_prompt(history, last.text, SHORT_ANSWER)),
                    plain(tokenizer, last.answer),
                )
                for history, last in turns
            ]
        else:
            assert pairs[1] in possible
        again = conversation_examples(scene, tokenizer, SHORT_ANSWER)
        assert decoded(tokenizer, again) == pairs


def test_who_sees_the_image_is_right_and_who_does_not_is_not(monkeypatch):
    """An oracle that reads the number of a scene out of its features."""
    scenes = EmojiScenes("S0", 40)[:]
    features = torch.arange(1.0, 41).view(40, 1, 1)

    def answer(bridge, language, tokenizer, images, texts, style):
        said = []
        for number, text in zip(images[:, 0, 0].int().tolist(), texts, strict=True):
            seen = scenes[number - 1].questions if number else []
            known = {question.text: question.answer for question in seen}
            said.append(known.get(text, "yes"))
        return said

    monkeypatch.setattr(scene_answers, "answer_questions", answer)
    parts = (nn.Identity(), None, None, SHORT_ANSWER, features, scenes)
    measured = measure_answers(*parts)
    assert measured["image"]["all"] == 1
    assert measured["blank image"]["all"] < 0.3 > measured["other image"]["what"]
    assert measured["question only"]["all"] < 0.5 > measured["majority"]["all"]
    questions = [question for scene in scenes for question in scene.questions]
    truths = [question.answer == "yes" for question in questions]
    asked = [question.kind == "yes/no" for question in questions]
    share = sum(truths) / sum(asked)
    assert measured["blank image"]["yes/no"] == pytest.approx(share, abs=1e-4)


def test_worked_examples_are_true_and_show_everything_that_is_asked():
    """Each is about a scene of training of its own, and none answers as another."""
    scenes = {telegram_text(scene_telegram(scene)): scene for scene in SCENES}
    examples, shown = worked_scene_examples(FEW_SHOT, rounds=2), []
    for picture, prompt, answer in examples:
        scene = scenes.pop(picture)
        true = {
            build_prompt([], question.text, FEW_SHOT): (question.kind, question.answer)
            for question in scene.questions
        }
        if scene.graph.relation:
            for subject in (0, 1):
                history, last = follow_up(scene, subject)
                asked = build_prompt(history, last.text, FEW_SHOT)
                true[asked] = ("follow-up", last.answer)
        if prompt == caption_prompt(FEW_SHOT):
            assert answer in scene.captions
            shown.append(("caption", answer))
        else:
            assert true[prompt][1] == answer
            shown.append(true[prompt])
    kinds = [kind for kind, _ in shown]
    assert sorted(kinds) == sorted(2 * [*ASKED, "caption", "follow-up"])
    assert len(set(shown)) == len(shown)
