"""Answers count as right as VQA's evaluation has it, and controls really see nothing.

A wrong normalisation fails models that are right; a control that keeps one image in its
place makes a blind model look better. Compared once by hand with the official program
on 20,000 made-up answers: all differences (0.9%) were signs that it removes without a
space in an answer that has 1,000 in it, or twice the same sign.
"""

import itertools
import random
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multimodal.emoji_scenes import EmojiScenes, Question
from multimodal.vqa_metrics import (
    CONTRACTIONS,
    WITH_APOSTROPHE,
    QuestionOnly,
    accuracy_by_kind,
    derangement,
    majority_answers,
    normalise_answer,
    question_form,
    vqa_accuracy,
)


@pytest.mark.parametrize(
    ("answer", "normal"),
    [
        ("Two.", "2"),
        ("zero", "0"),
        ("none", "0"),
        ("ten", "10"),
        ("no", "no"),  # an answer to yes/no, not a number
        ("someone", "someone"),
        ("A  cat\n", "cat"),
        ("an apple and the pear", "apple and pear"),
        ("another", "another"),
        ("the", ""),
        ("", ""),
        (" ?!", ""),
        ("100,978", "100978"),
        ("red,blue", "red blue"),
        ("red, blue", "red blue"),
        ("2.5", "2.5"),
        ("5.", "5"),
        ("4 p.m.", "4 pm"),
        ("2:50 PM", "2:50 pm"),
        ("girl's", "girl's"),
        ("girl’s", "girl's"),
        ("T-shirt", "t shirt"),
        ("yes/no", "yes no"),
        ("(left)", "left"),
        ("50%", "50%"),
        ("I dont", "i don't"),
        ("its", "its"),  # is a word, too
        ("At the top!", "at top"),
    ],
)
def test_answers_are_normalised_as_published(answer, normal):
    assert normalise_answer(answer) == normal
    assert normalise_answer(normal) == normal


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="aAn the.,'’12:-!_\n", max_size=15)))
def test_normalising_is_safe_and_never_leaves_capitals_articles_or_spaces(answer):
    normal = normalise_answer(answer)
    assert normal == " ".join(normal.split())
    assert not {"a", "an", "the"} & set(normal.split())
    assert not set(normal) & set(';/[]{}()<>=+-_\\@`",?!’ABCN\n')


@settings(deadline=None)
@given(st.text(alphabet="abz019., -", max_size=12))
def test_numbers_and_full_stops_one_sign_after_another(answer):
    """A brute-force reader that looks at each sign and its neighbours."""
    read = ""
    for place, sign in enumerate(answer):
        before, after = answer[place - 1 : place], answer[place + 1 : place + 2]
        if sign == ",":
            read += "" if before.isdigit() and after.isdigit() else " "
        elif sign == ".":  # after a comma in a number comes a digit, no full stop
            read += "." if after.isdigit() else ""
        else:
            read += " " if sign == "-" else sign
    assert normalise_answer(answer) == " ".join(w for w in read.split() if w != "a")


def test_contractions_are_unlike_other_words():
    assert len(WITH_APOSTROPHE) == len(set(CONTRACTIONS)) == len(CONTRACTIONS)
    ordinary = {
        "its",
        "well",
        "were",
        "hell",
        "shell",
        "ill",
        "id",
        "wed",
        "shed",
        "lets",
    }
    assert not ordinary & set(WITH_APOSTROPHE)
    for plain, word in WITH_APOSTROPHE.items():
        assert normalise_answer(plain) == normalise_answer(word) == word


def accuracy_by_counting(answer: str, annotators: list[str]) -> Fraction:
    """Try each group of all but one of the annotators."""
    groups = list(itertools.combinations(annotators, len(annotators) - 1))
    scores = [min(Fraction(1), Fraction(group.count(answer), 3)) for group in groups]
    return sum(scores) / len(groups)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(["red", "blue", "cat"]), min_size=4, max_size=12),
    st.sampled_from(["red", "dog", ""]),
)
def test_accuracy_is_the_mean_over_all_annotators_but_one(annotators, answer):
    expected = float(accuracy_by_counting(answer, annotators))
    assert vqa_accuracy(answer, annotators) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("matches", "accuracy"), [(0, 0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1), (10, 1)]
)
def test_accuracy_with_ten_annotators(matches, accuracy):
    """Without leaving one out, three matches would count 1.0 and one 0.33."""
    annotators = ["The two cats."] * matches + ["dog"] * (10 - matches)
    random.Random(0).shuffle(annotators)
    assert vqa_accuracy("2 cats", annotators) == pytest.approx(accuracy)


def test_accuracy_with_one_known_answer():
    assert vqa_accuracy("Three.", ["three"]) == vqa_accuracy("3", ["three"]) == 1
    assert vqa_accuracy("an apple", ["apple"]) == 1
    assert vqa_accuracy("four", ["three"]) == vqa_accuracy("", ["three"]) == 0


@pytest.mark.parametrize("annotators", [[], ["a", "b"], ["a", "b", "c"], "yes", ""])
def test_too_few_annotators_are_refused(annotators):
    with pytest.raises(ValueError, match="one right answer, or of four and more"):
        vqa_accuracy("yes", annotators)


QUESTIONS = [
    Question("what", "What is in the picture?", "cat"),
    Question("how many", "How many cats are there?", "two"),
    Question("how many", "How many dogs are there?", "three"),
    Question("yes/no", "Is there a cat?", "yes"),
]


def test_accuracy_of_each_kind():
    scores = accuracy_by_kind(["A cat.", "2", "two", ""], QUESTIONS)
    assert scores == {"all": 0.5, "how many": 0.5, "what": 1, "yes/no": 0}
    assert list(scores) == ["all", "how many", "what", "yes/no"]


def test_all_counts_questions_and_not_kinds():
    scores = accuracy_by_kind(["", "two", "three", "no"], QUESTIONS)
    assert scores["all"] == 0.5  # the mean of the kinds would be 1/3


def test_right_answers_are_right_on_all_splits():
    for split in ("S0", "S2", "S3"):
        questions = [q for scene in EmojiScenes(split, 100) for q in scene.questions]
        scores = accuracy_by_kind([q.answer for q in questions], questions)
        assert set(scores.values()) == {1}
        shouted = accuracy_by_kind(
            [q.answer.upper() + "!" for q in questions], questions
        )
        assert shouted == scores


@pytest.mark.parametrize("answers", [[], ["yes"], ["yes"] * 5])
def test_answers_and_questions_go_together(answers):
    with pytest.raises(ValueError, match=f"{len(answers)} answers to 4 questions"):
        accuracy_by_kind(answers, QUESTIONS)
    with pytest.raises(ValueError, match="0 answers to 0 questions"):
        accuracy_by_kind([], [])


def test_majority_answers_are_the_most_frequent_of_a_kind():
    said = {"how many": ["two", "2", "three", "two"], "what": ["dog", "cat"]}
    questions = [Question(kind, "?", answer) for kind in said for answer in said[kind]]
    assert majority_answers(questions) == {"how many": "2", "what": "cat"}
    assert majority_answers(questions[::-1]) == {"how many": "2", "what": "cat"}
    assert majority_answers([]) == {}


def test_majority_answers_are_about_as_good_as_chance():
    """EmojiScenes balances its answers; whoever ignores the image gains nothing."""
    train = [q for scene in EmojiScenes("train", 2000) for q in scene.questions]
    test = [q for scene in EmojiScenes("S0", 1500) for q in scene.questions]
    majority = majority_answers(train)
    scores = accuracy_by_kind([majority[q.kind] for q in test], test)
    chance = {"how many": 1 / 4, "which colour": 1 / 8, "yes/no": 1 / 2, "where": 1 / 4}
    for kind, share in chance.items():
        assert scores[kind] == pytest.approx(share, abs=0.06)
    assert scores["what"] < 0.03


@pytest.mark.parametrize("number", [2, 3, 4, 7, 100])
def test_no_image_keeps_its_place(number):
    for seed in range(100):
        order = derangement(number, seed)
        assert sorted(order) == list(range(number))
        assert all(place != given for place, given in enumerate(order))
    assert derangement(number, 5) == derangement(number, 5)


def test_every_image_can_come_to_every_other_place():
    given_to_first = Counter(derangement(5, seed)[0] for seed in range(400))
    assert set(given_to_first) == {1, 2, 3, 4} and min(given_to_first.values()) > 60


def test_one_image_cant_be_exchanged():
    for number in (1, 0):
        with pytest.raises(ValueError, match=f"{number} images can't change places"):
            derangement(number)


def test_a_question_alone_is_answered_as_training_did_most_often():
    def many(noun, *answers):
        text = f"How many {noun} are there?"
        return [Question("how many", text, answer) for answer in answers]

    seen = many("cats", *["two"] * 9, "three") + many("dogs", *["four"] * 15)
    answer = QuestionOnly(seen)
    assert answer("How many cats are there?") == "2"
    assert answer("How many dogs are there?") == "4"
    assert answer("How many bees are there?") == "4"  # as after all such questions
    assert QuestionOnly(seen, often=11)("How many cats are there?") == "4"
    with pytest.raises(KeyError, match="no question like 'Why\\?' was seen"):
        answer("Why?")


def test_nouns_do_not_count_in_the_form_of_a_question():
    assert question_form("What is to the left of the alarm clock?") == (
        question_form("What is to the left of the bee?")
    )
    assert "cat" not in question_form("Is there a cat in the picture?")
