"""Score answers to questions about images, beside answers that see no image."""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from multimodal.emoji_scenes import Question
from multimodal.scene_metrics import mention_pattern

ARTICLES = ("a", "an", "the")
NUMBER_WORDS = "zero one two three four five six seven eight nine ten".split()
DIGITS = {word: str(number) for number, word in enumerate(NUMBER_WORDS)} | {"none": "0"}
CONTRACTIONS = (
    "ain't aren't can't couldn't didn't doesn't don't hadn't hasn't haven't isn't "
    "mightn't mustn't needn't shouldn't wasn't weren't won't wouldn't "
    "could've might've should've would've i'm i've you'd you'll you're you've "
    "he's she's it'll that's there's they'd they'll they're they've we've "
    "what's where's who's who'd who'll how's o'clock y'all"
).split()
SIGNS = ';/[]{}()<>=+-_\\@`",?!'  # which become spaces; "50%" and "$5" stay
WITH_APOSTROPHE = {word.replace("'", ""): word for word in CONTRACTIONS}


def normalise_answer(answer: str) -> str:
    """Write an answer as VQA's evaluation does, so that "Two." equals "2".

    In small letters, without articles, without full stops (except in decimals) and
    commas in numbers; other signs become spaces, though not the apostrophe and colon
    of "girl's" and "2:50"; number words to ten become digits, and "dont" becomes
    "don't" (Antol et al., 2015; visualqa.org/evaluation).
    """
    text = answer.lower().replace("’", "'")
    text = re.sub(r"(?<=\d),(?=\d)", "", text)  # 100,978 is one number
    text = re.sub(r"\.(?!\d)", "", text)  # 2.5 keeps its point
    text = text.translate(dict.fromkeys(map(ord, SIGNS), " "))
    words = (DIGITS.get(word, word) for word in text.split() if word not in ARTICLES)
    return " ".join(WITH_APOSTROPHE.get(word, word) for word in words)


def vqa_accuracy(answer: str, annotator_answers: Sequence[str]) -> float:
    """Score an answer by how many people gave it (Antol et al., 2015).

    What three people say is right. Each annotator is left out once, as a person's own
    answer is compared with the others' too, and the mean over the rest taken.

    Args:
        answer: to be scored.
        annotator_answers: of different people, ten in VQA v2; or the one that is
            known to be right, which has to be matched.
    Returns:
        The mean of min(1, matches / 3) over all choices of all annotators but one:
        with ten, 0.3 for one match, then 0.6, 0.9 and 1. For one answer, 0 or 1.
    Raises:
        ValueError: there is no answer to compare with, or only two or three: without
            one of them, three can't agree.
    """
    if len(annotator_answers) in (0, 2, 3) or isinstance(annotator_answers, str):
        raise ValueError(
            "give a list of one right answer, or of four and more people's answers, "
            f"not {annotator_answers!r}"
        )
    said = normalise_answer(answer)
    same = [normalise_answer(other) == said for other in annotator_answers]
    if len(same) == 1:
        return float(same[0])
    return sum(min(1, (sum(same) - left_out) / 3) for left_out in same) / len(same)


def accuracy_by_kind(
    answers: Sequence[str], questions: Sequence[Question]
) -> dict[str, float]:
    """Give the share of right answers, over all questions and for each kind.

    Args:
        answers: one to each question; compared after `normalise_answer`.
        questions: with their kinds and right answers.
    Returns:
        The share for "all", then for each kind in the order of the alphabet.
    Raises:
        ValueError: there is not one answer to each question, or no question.
    """
    if len(answers) != len(questions) or not questions:
        raise ValueError(
            f"{len(answers)} answers to {len(questions)} questions: give one to each, "
            "and one or more"
        )
    right = defaultdict(list)
    for answer, question in zip(answers, questions, strict=True):
        right[question.kind].append(vqa_accuracy(answer, [question.answer]))
    scores = {kind: sum(right[kind]) / len(right[kind]) for kind in sorted(right)}
    return {"all": sum(map(sum, right.values())) / len(questions), **scores}


def majority_answers(questions: Iterable[Question]) -> dict[str, str]:
    """Find the most frequent answer to each kind of question.

    Given to every question of its kind, it shows what is gained without looking at
    the image, or even reading the question.

    Args:
        questions: of the train split.
    Returns:
        Kinds and their answers; of equally frequent ones the first in the alphabet.
    """
    counts = defaultdict(Counter)
    for question in questions:
        counts[question.kind][normalise_answer(question.answer)] += 1
    return {
        kind: min(answers, key=lambda answer: (-answers[answer], answer))
        for kind, answers in counts.items()
    }


class QuestionOnly:
    """Answer without an image: what was most often right after the same question.

    A question that was seen rarely is answered as all of its form are, in which the
    nouns of EmojiScenes don't count: "How many * are there?".

    Args:
        questions: of the train split.
        often: how often a question must have been seen for its own answers to count.
    """

    def __init__(self, questions: Iterable[Question], often: int = 10):
        self.often, self.seen = often, defaultdict(Counter)
        for question in questions:
            answer = normalise_answer(question.answer)
            for words in (question.text, question_form(question.text)):
                self.seen[words][answer] += 1

    def __call__(self, text: str) -> str:
        """Give the answer; of equally frequent ones the first in the alphabet.

        Raises:
            KeyError: no question of this form was seen.
        """
        counts = self.seen.get(text, Counter())
        if counts.total() < self.often:
            counts = self.seen.get(question_form(text))
            if counts is None:
                raise KeyError(f"no question like {text!r} was seen in training")
        return min(counts, key=lambda answer: (-counts[answer], answer))


def question_form(text: str) -> str:
    """Write a question with * in the place of each noun of EmojiScenes."""
    return mention_pattern().sub("*", text.lower())


def derangement(number: int, seed: int = 0) -> list[int]:
    """Draw an order in which nothing keeps its place: for questions on wrong images.

    A model that uses its images answers worse when each question comes with the image
    of another one, `[images[i] for i in derangement(len(images))]`. All are passed
    on once around a circle of random order.

    Args:
        number: of things, such as images; each image once, not once a question.
        seed: another seed gives another order.
    Raises:
        ValueError: there is one thing only, which has to keep its place, or none.
    """
    if number < 2:
        raise ValueError(f"{number} images can't change places: give two or more")
    circle = random.Random(seed).sample(range(number), number)
    given = dict(zip(circle, circle[1:] + circle[:1], strict=True))
    return [given[place] for place in range(number)]
