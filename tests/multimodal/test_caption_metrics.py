"""CIDEr-D and BLEU are what their papers say, and as far as tables of papers go.

A metric that is wrong by a factor or an edge case makes every table of the book wrong.
Compared once by hand with pycocoevalcap 1.2 (100 MB, needs Java, so it is no pin) on
Flickr8k's test split, first captions against the other four. On the same words: CIDEr
78.868 and BLEU-1 to 4 63.641, 44.578, 30.549, 20.946 from both, no caption's CIDEr
further apart than 2e-13. With its PTB tokenizer: 78.860, and the same BLEU.
"""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multimodal.caption_metrics import (
    bleu,
    caption_words,
    cider,
    cider_scores,
    clipped_cosine,
    closest_length,
    count_right,
    score_captions,
)

WORDS = ("a", "man", "dog", "kayak", "red", "runs")
SENTENCES = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)
SMALL = st.lists(st.sampled_from(WORDS[:3]), min_size=4, max_size=7).map(" ".join)


@st.composite
def corpora(draw, sentences=SENTENCES) -> tuple[list[str], list[list[str]]]:
    """Two to six images; few words, so that n-grams repeat within and across them."""
    images = draw(st.integers(2, 6))
    texts = st.lists(sentences, min_size=1, max_size=4)
    candidates = draw(st.lists(sentences, min_size=images, max_size=images))
    return candidates, draw(st.lists(texts, min_size=images, max_size=images))


def runs(text: str, n: int) -> list[str]:
    words = text.split()
    return [" ".join(words[i : i + n]) for i in range(len(words) - n + 1)]


def cider_of_the_paper(candidates, references) -> np.ndarray:
    """Equations 1 to 3 and section 5 on whole vectors over all n-grams there are."""
    scores = np.zeros((4, len(candidates)))
    for n in (1, 2, 3, 4):
        said = [runs(text, n) for text in candidates]
        told = [[runs(text, n) for text in texts] for texts in references]
        everything = sorted(set().union(*said, *itertools.chain(*told)))
        images_with = [
            sum(any(g in t for t in texts) for texts in told) for g in everything
        ]
        rarity = np.log(len(told) / np.maximum(1, images_with))
        for image, texts in enumerate(references):
            c = rarity * [said[image].count(g) for g in everything]
            for text, grams in zip(texts, told[image], strict=True):
                s = rarity * [grams.count(g) for g in everything]
                norms = np.sqrt((c**2).sum() * (s**2).sum())
                if norms > 0:
                    delta = len(candidates[image].split()) - len(text.split())
                    penalty = np.exp(-(delta**2) / 72)
                    scores[n - 1, image] += (
                        10 * penalty * (np.minimum(c, s) * s).sum() / norms / len(texts)
                    )
    return 100 * scores.mean(0)


@settings(max_examples=150, deadline=None)
@given(corpus=corpora())
def test_cider_is_that_of_the_paper(corpus):
    expected = cider_of_the_paper(*corpus)
    np.testing.assert_allclose(cider_scores(*corpus), expected, atol=1e-9)
    assert cider(*corpus) == pytest.approx(expected.mean())


def test_cider_by_hand():
    """Two images: a word in the references of one weighs log 2, of both nothing."""
    references = [["a dog"], ["a kayak"]]
    # unigrams 1, bigrams 1, and there are no longer ones: (1 + 1 + 0 + 0) / 4 of 1000
    assert cider_scores(["a dog", "a kayak"], references) == pytest.approx([500, 500])
    # "a" weighs nothing: the unigrams are still the same, but a word is missing
    scores = cider_scores(["dog", "a dog"], references)
    assert scores == pytest.approx([250 * math.exp(-1 / 72), 0])
    # "cat" weighs log 2 like "dog", though no reference has it: cosine 1 / sqrt 2
    (score, _) = cider_scores(["dog cat", ""], references)
    assert score == pytest.approx(250 / math.sqrt(2))
    # said twice, clipped to once: 1 * 1 / (2 * 1), not the cosine of 1
    (score, _) = cider_scores(["dog dog", ""], references)
    assert score == pytest.approx(250 / 2)


def test_captions_equal_to_all_their_references_have_the_most_that_cider_gives():
    texts = ["a brown dog runs on the beach", "two men paddle a red kayak together"]
    assert cider(texts, [[text] * 5 for text in texts]) == pytest.approx(1000)
    assert cider(texts[::-1], [[text] * 5 for text in texts]) == 0


def bleu_of_the_paper(candidates, references, n) -> float:
    """Exact fractions, n-grams ticked off one by one."""
    product = Fraction(1)
    for size in range(1, n + 1):
        right = made = 0
        for text, texts in zip(candidates, references, strict=True):
            grams = runs(text, size)
            made += len(grams)
            for gram in set(grams):
                most = max(runs(other, size).count(gram) for other in texts)
                right += min(grams.count(gram), most)
        product *= Fraction(right, made) if made else 0
    length = closest = 0
    for text, texts in zip(candidates, references, strict=True):
        c = len(text.split())
        length += c
        by_length = sorted(len(other.split()) for other in texts)
        closest += min(by_length, key=lambda r: abs(r - c))  # min keeps the first
    penalty = 1.0 if length >= closest else math.exp(1 - closest / max(1, length))
    return 100 * penalty * float(product) ** (1 / n)


@settings(max_examples=150, deadline=None)
@given(corpus=st.one_of(corpora(), corpora(SMALL)), n=st.integers(1, 5))
def test_bleu_is_that_of_the_paper(corpus, n):
    assert bleu(*corpus, n) == pytest.approx(bleu_of_the_paper(*corpus, n), abs=1e-9)


def test_bleu_by_hand():
    """Papineni's own example of clipping, and a penalty that can be seen."""
    references = ["the cat is on the mat", "there is a cat on the mat"]
    seven = "the the the the the the the"
    assert bleu([seven], [references], n=1) == pytest.approx(100 * 2 / 7)
    half = bleu(["the cat is"], [["the cat is on the mat"]], n=3)
    assert half == pytest.approx(100 * math.exp(1 - 6 / 3))
    assert bleu(["the cat is on the mat"], [references]) == pytest.approx(100)
    assert bleu(["the cat is"], [["the cat is on the mat"]]) == 0  # no four words


def test_bleu_counts_over_all_captions_and_isnt_a_mean():
    """One caption without any right four words must not empty its own score alone."""
    candidates = ["a b c d e", "x y"]
    references = [["a b c d e"], ["p q"]]
    together = (5 / 7 * 4 / 5 * 3 / 3 * 2 / 2) ** (1 / 4)
    assert bleu(candidates, references) == pytest.approx(100 * together)


def test_of_two_lengths_as_near_the_shorter_one_counts():
    texts = [["a"] * 6, ["a"] * 4, ["a"] * 9]
    assert closest_length(["a"] * 5, texts) == 4
    assert closest_length(["a"] * 8, texts) == 9
    assert count_right(["a"] * 12, texts, 1) == 9


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A dog's red T-shirt.", ["a", "dog", "'s", "red", "t-shirt"]),
        ("A dog’s toy , wet!", ["a", "dog", "'s", "toy", "wet"]),
        ("The sign says 'Stop' - twice", ["the", "sign", "says", "stop", "twice"]),
        ('"Two" men: 1 & 2; (both) don\'t', "two men 1 2 both don 't".split()),
        ("Café", ["café"]),
        (" \n", []),
        ("", []),
        ("?!", []),
    ],
)
def test_words_are_lower_case_and_without_signs(text, words):
    assert caption_words(text) == words


def test_nobody_loses_by_a_capital_or_a_full_stop():
    candidates = ["A dog runs in the grass.", "Two men, both in red, paddle!"]
    references = [["a dog runs in the grass"], ["two men both in red paddle"]]
    assert cider(candidates, references) == pytest.approx(1000)
    assert bleu(candidates, references) == pytest.approx(100)


def test_captions_without_words_score_nothing():
    """A model that stops at once is bad, but is no reason to stop the evaluation."""
    references = [["a dog runs in the grass"], ["two men paddle a kayak"]]
    assert cider_scores(["", "."], references) == [0, 0]
    assert bleu(["", "."], references) == 0
    assert cider_scores(["a dog", "a man"], [[""], ["", "!"]]) == [0, 0]
    assert bleu(["a dog", "a man"], [[""], [""]]) == 0
    assert clipped_cosine({}, {}) == 0


@pytest.mark.parametrize("metric", [cider, cider_scores, bleu])
@pytest.mark.parametrize(
    ("candidates", "references", "message"),
    [
        (["a dog"], [["a dog"], ["a man"]], "1 captions for 2 images"),
        (["a dog", "a man"], [["a dog"], []], "image 1 has no references"),
        ([], [], "no caption"),
        ("a dog", [["a dog"]] * 5, "a list of captions"),
        (["a dog", "a man"], ["a dog", "a man"], "a list of references"),
    ],
)
def test_what_cant_be_scored_is_explained(metric, candidates, references, message):
    with pytest.raises(ValueError, match=message):
        metric(candidates, references)


def test_cider_on_one_image_is_refused_since_every_word_would_weigh_nothing():
    with pytest.raises(ValueError, match="two images or more"):
        cider(["a dog"], [["a dog"]])
    with pytest.raises(ValueError, match="1 word or more, not of 0"):
        bleu(["a dog"], [["a dog"]], n=0)


def test_scores_of_captions_are_rounded_and_count_words():
    written = ["a dog runs", "two cats"]
    people = [["a dog runs fast", "a dog"], ["two cats sleep", "some cats on a bed"]]
    scores = score_captions(written, people)
    assert scores.pop("CIDEr") == pytest.approx(cider(written, people), abs=0.005)
    assert scores.pop("BLEU-4") == pytest.approx(bleu(written, people), abs=0.005)
    assert scores == {"words": 2.5}
