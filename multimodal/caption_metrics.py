"""Compare captions with what people wrote: CIDEr-D and BLEU, in papers' percent."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

Ngram = tuple[str, ...]  # words that follow each other


def caption_words(text: str) -> list[str]:
    """Cut a caption into words in lower case, without signs.

    Published scores are made with Stanford's PTB tokenizer, which needs Java. Like it,
    this cuts "dog's" into "dog" and "'s" and keeps "t-shirt" whole. Unlike it, this
    cuts "don't" into "don" and "'t" (there "do" and "n't"), keeps "cannot" whole, and
    drops signs such as "&", which are words there: in all a difference in 4 of
    Flickr8k's 5,000 test captions.
    """
    return re.findall(r"(?<=\w)'\w+|\w+(?:-\w+)*", text.lower().replace("’", "'"))


def check_captions(
    candidates: Sequence[str], references: Sequence[Sequence[str]]
) -> None:
    """Refuse what can't be scored: each image needs one caption and its references."""
    if isinstance(candidates, str) or any(
        isinstance(texts, str) for texts in references
    ):
        raise ValueError(
            "give a list of captions, and for each of them a list of references"
        )
    if len(candidates) != len(references):
        raise ValueError(
            f"{len(candidates)} captions for {len(references)} images with references: "
            "give one caption for each image"
        )
    if not candidates:
        raise ValueError("there is no caption to score")
    for image, texts in enumerate(references):
        if not texts:
            raise ValueError(f"image {image} has no references to compare with")


def count_ngrams(words: Sequence[str], n: int) -> Counter[Ngram]:
    """Count every n words that follow each other."""
    return Counter(zip(*(words[start:] for start in range(n)), strict=False))


def cider_scores(
    candidates: Sequence[str], references: Sequence[Sequence[str]]
) -> list[float]:
    """Score each caption by CIDEr-D (Vedantam et al., 2015, sections 4 and 5).

    Each of an image's references is compared with the caption by their n-grams, for
    n = 1 to 4, weighted so that "a man" counts little and "red kayak" much. A length
    that differs by d words costs a factor exp(-d² / (2 · 6²)).

    Args:
        candidates: one caption for each image.
        references: for each image the captions that people wrote. The weights are
            made from them all: scores on other images or fewer can't be compared.
    Returns:
        For each caption the mean over n and references, times 10 as in the paper,
        times 100 as in tables: 0 to 1000, which is all references word for word.
    Raises:
        ValueError: the captions don't fit the references, or there is one image only,
            on which every weight is log(1 / 1) = 0.
    """
    check_captions(candidates, references)
    if len(references) == 1:
        raise ValueError("CIDEr needs two images or more: on one, each word weighs 0")
    said = [caption_words(text) for text in candidates]
    told = [[caption_words(text) for text in texts] for texts in references]
    scores = [0.0] * len(said)
    for n in range(1, 5):
        images_with = count_images(told, n)
        for image, (words, texts) in enumerate(zip(said, told, strict=True)):
            weights = weigh_ngrams(words, n, images_with, len(told))
            for text in texts:
                likeness = clipped_cosine(
                    weights, weigh_ngrams(text, n, images_with, len(told))
                )
                likeness *= math.exp(-((len(words) - len(text)) ** 2) / (2 * 6**2))
                scores[image] += 100 * 10 * likeness / (4 * len(texts))
    return scores


def cider(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Give the mean CIDEr-D of captions in percent, as papers print it.

    See `cider_scores` for the arguments. "CIDEr 47.1" of a paper is 47.1 here, and
    0.471 in the authors' program.
    """
    scores = cider_scores(candidates, references)
    return sum(scores) / len(scores)


def count_images(
    references: Sequence[Sequence[Sequence[str]]], n: int
) -> Counter[Ngram]:
    """Count for each n-gram the images that have it in one reference or more.

    Args:
        references: for each image its references, each as a list of words.
        n: number of words in an n-gram.
    """
    images_with: Counter[Ngram] = Counter()
    for texts in references:
        images_with.update(set().union(*(count_ngrams(words, n) for words in texts)))
    return images_with


def weigh_ngrams(
    words: Sequence[str], n: int, images_with: Mapping[Ngram, int], images: int
) -> dict[Ngram, float]:
    """Weigh a caption's n-grams (tf-idf): how often each occurs, times how rare it is.

    Args:
        words: of the caption.
        n: number of words in an n-gram.
        images_with: in how many images' references each n-gram occurs. What occurs in
            none weighs as much as what occurs in one.
        images: number of all images.
    """
    return {
        ngram: count * math.log(images / max(1, images_with.get(ngram, 0)))
        for ngram, count in count_ngrams(words, n).items()
    }


def clipped_cosine(said: Mapping[Ngram, float], told: Mapping[Ngram, float]) -> float:
    """Compare weighted n-grams by their cosine, repetitions not rewarded (CIDEr-D).

    Args:
        said: weights of the caption's n-grams; none counts for more than `told` has.
        told: weights of the reference's n-grams.
    Returns:
        From 0 (none in common, or no weight at all) to 1 (the same).
    """
    product = sum(
        min(said[ngram], told[ngram]) * told[ngram] for ngram in said.keys() & told
    )
    lengths = math.hypot(*said.values()) * math.hypot(*told.values())
    return product / lengths if lengths else 0.0


def bleu(
    candidates: Sequence[str], references: Sequence[Sequence[str]], n: int = 4
) -> float:
    """Score captions by BLEU (Papineni et al., 2002) in percent.

    The share of n-grams that a reference of the same image has too, over all captions
    together, as a geometric mean for 1 to n words; less if the captions are in all
    shorter than the references that come closest to them in length.

    Args:
        candidates: one caption for each image.
        references: for each image the captions that people wrote.
        n: words of the longest n-grams: 4 for BLEU-4.
    Returns:
        0 to 100; 0 if for some number of words no n-gram is right.
    Raises:
        ValueError: the captions don't fit the references, or n is less than 1.
    """
    check_captions(candidates, references)
    if n < 1:
        raise ValueError(f"BLEU counts n-grams of 1 word or more, not of {n}")
    said = [caption_words(text) for text in candidates]
    told = [[caption_words(text) for text in texts] for texts in references]
    mean = 0.0
    for size in range(1, n + 1):
        pairs = zip(said, told, strict=True)
        right = sum(count_right(words, texts, size) for words, texts in pairs)
        if right == 0:
            return 0.0
        made = sum(max(0, len(words) - size + 1) for words in said)
        mean += math.log(right / made) / n
    closest = sum(map(closest_length, said, told))
    return 100 * math.exp(mean + min(0.0, 1 - closest / sum(map(len, said))))


def count_right(words: Sequence[str], texts: Sequence[Sequence[str]], n: int) -> int:
    """Count n-grams that a reference has too, each as often as one of them has it."""
    allowed: Counter[Ngram] = Counter()
    for text in texts:
        allowed |= count_ngrams(text, n)  # the larger of both counts
    return (count_ngrams(words, n) & allowed).total()  # the smaller of both


def closest_length(words: Sequence[str], texts: Sequence[Sequence[str]]) -> int:
    """Give the length of the reference nearest in length; of two, the shorter."""
    return min((abs(len(text) - len(words)), len(text)) for text in texts)[1]


def score_captions(
    written: Sequence[str], references: Sequence[Sequence[str]]
) -> dict[str, float]:
    """Compare captions with those that people wrote.

    Args:
        written: one caption of each image.
        references: captions by people, of each image.
    Returns:
        "CIDEr" and "BLEU-4" in percent, and "words", the mean length of a caption,
        all rounded to two decimals.
    """
    words = sum(len(text.split()) for text in written) / len(written)
    scores = {"CIDEr": cider(written, references), "BLEU-4": bleu(written, references)}
    return {
        name: round(value, 2) for name, value in (scores | {"words": words}).items()
    }
