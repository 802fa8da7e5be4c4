"""Find texts by images and images by texts, and measure how well."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor, nn


@torch.inference_mode()
def cosine_table(
    model: nn.Module,
    tokenizer: Callable[[Sequence[str]], Tensor],
    prepare: Callable[[Sequence[Image.Image]], Tensor],
    images: Sequence[Image.Image],
    texts: Sequence[str],
) -> Tensor:
    """Compare each of a few images with each of a few texts.

    Args:
        model: a `CLIP`, or another model with `encode_image` and `encode_text`.
        tokenizer: makes what `encode_text` reads.
        prepare: makes what `encode_image` reads, such as an `ImagePreprocessing`.
        images, texts: to be compared; as many as fit into one batch.
    Returns:
        Cosines (images, texts): row i belongs to image i, column j to text j.
    """
    image_embeddings = model.encode_image(prepare(images))
    text_embeddings = model.encode_text(tokenizer(texts))
    return image_embeddings @ text_embeddings.T


def recall_at_k(similarities: Tensor, correct: Tensor, k: int) -> float:
    """Give the share of queries with a right answer among their k nearest.

    Args:
        similarities: (queries, candidates); the pool is all candidates.
        correct: boolean, of the same shape: which candidates answer which query.
        k: how many candidates count.
    """
    return (ranks(similarities, correct) <= k).float().mean().item()


def ranks(similarities: Tensor, correct: Tensor) -> Tensor:
    """Give the rank of each query's best right answer, counting from 1.

    Args:
        similarities: (queries, candidates).
        correct: boolean, of the same shape, with a right answer for each query.
    Returns:
        int64 (queries,). Wrong candidates as similar as the best right one count
        before it, so that a model which gives all the same number finds nothing.
    Raises:
        ValueError: the shapes differ, or a query has no right answer.
    """
    if similarities.shape != correct.shape:
        raise ValueError(
            f"similarities {tuple(similarities.shape)} and right answers "
            f"{tuple(correct.shape)} need the same shape (queries, candidates)"
        )
    if not correct.any(dim=1).all():
        raise ValueError("a query has no right answer among the candidates")
    best = similarities.masked_fill(~correct, -torch.inf).amax(dim=1, keepdim=True)
    before = (similarities >= best) & ~correct
    return 1 + before.sum(dim=1)


@dataclass(frozen=True)
class Retrieval:
    """How well queries find their answers.

    Args:
        recall: share of queries with a right answer among the first 1, 5 and 10.
        median_rank: of the best right answer; 1 at best.
        pool: number of candidates.
    """

    recall: dict[int, float]
    median_rank: float
    pool: int

    def __str__(self) -> str:
        """Write it in one line."""
        shares = ", ".join(f"R@{k} {share:.3f}" for k, share in self.recall.items())
        return f"{shares}, median rank {self.median_rank:g} of {self.pool:,}"


def measure_retrieval(
    similarities: Tensor, correct: Tensor, ks: tuple[int, ...] = (1, 5, 10)
) -> Retrieval:
    """Measure recall at some k, and the median rank.

    Args:
        similarities, correct: (queries, candidates), as for `ranks`.
        ks: numbers of candidates that count.
    """
    found = ranks(similarities, correct)
    recall = {k: (found <= k).float().mean().item() for k in ks}
    median = found.float().quantile(0.5).item()
    return Retrieval(recall, median, similarities.shape[1])


def retrieval_numbers(scores: dict[str, Tensor], own: Tensor) -> dict[str, float]:
    """Give recall and median rank of both directions, by their names on a card.

    Args:
        scores: "i2t", (images, texts), and "t2i", (texts, images).
        own: boolean (images, texts).
    """
    numbers = {}
    for way, right in (("i2t", own), ("t2i", own.T)):
        result = measure_retrieval(scores[way], right)
        numbers |= {f"{way} R@{k}": share for k, share in result.recall.items()}
        numbers[f"{way} median rank"] = result.median_rank
    return numbers


def chance_recall(correct: Tensor, k: int) -> float:
    """Give the recall that candidates in random order would have, on average.

    With n right answers among N candidates, k draws miss them all with probability
    (N - n)/N * (N - n - 1)/(N - 1) * ...
    """
    candidates = correct.shape[1]
    wrong = candidates - correct.sum(dim=1, dtype=torch.float64)
    missed = torch.ones_like(wrong)
    for draw in range(min(k, candidates)):
        missed = missed * (wrong - draw).clamp_min(0) / (candidates - draw)
    return (1 - missed).mean().item()


def own_captions(captions: Sequence[Sequence[str]]) -> Tensor:
    """Say which captions are each image's own, once all are put in a row.

    Args:
        captions: of each image.
    Returns:
        Boolean (images, captions of all).
    """
    counts = torch.tensor([len(own) for own in captions])
    images = torch.arange(len(captions))
    return images.repeat_interleave(counts) == images[:, None]
