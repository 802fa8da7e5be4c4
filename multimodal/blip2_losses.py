"""The objectives of BLIP-2 (Li et al., 2023, section 3.2): ITC, ITM and ITG."""

from collections.abc import Callable

import torch
from torch import Tensor, distributed
from torch.nn import functional as F

from multimodal.contrastive import gather_with_gradient

IGNORED = -100  # a label that no loss counts, the one that PyTorch leaves out


def itc_similarity(images: Tensor, texts: Tensor) -> Tensor:
    """Compare images with texts: the cosine of the query that is most like the text.

    Args:
        images: unit vectors (images, queries, width), one for each query.
        texts: unit vectors (texts, width).
    Returns:
        (images, texts), from -1 to 1.
    """
    return torch.einsum("iqw,tw->iqt", images, texts).amax(dim=1)


def pair_logits(
    images: Tensor, texts: Tensor, temperature: Tensor | float
) -> tuple[Tensor, Tensor]:
    """Compare each image and each text of a batch with those of all processes.

    Args:
        images: unit vectors (batch, queries, width).
        texts: unit vectors (batch, width); those of the same row belong together.
        temperature: similarities are divided by it.
    Returns:
        For each image the logits of all texts, and for each text those of all images:
        both (batch, processes * batch).
    """
    image_logits = itc_similarity(images, gather_with_gradient(texts))
    text_logits = itc_similarity(gather_with_gradient(images), texts).T
    return image_logits / temperature, text_logits / temperature


def itc_loss(image_logits: Tensor, text_logits: Tensor, smoothing: float) -> Tensor:
    """Measure how badly images and texts find each other (image-text contrast).

    Args:
        image_logits, text_logits: (batch, processes * batch), of `pair_logits`.
        smoothing: share of the target spread evenly over all pairs; 0.1 in BLIP-2.
    Returns:
        The mean of two cross-entropies, in nats.
    """
    batch = len(image_logits)
    rank = distributed.get_rank() if distributed.is_initialized() else 0
    own = rank * batch + torch.arange(batch, device=image_logits.device)
    both = [
        F.cross_entropy(logits, own, label_smoothing=smoothing)
        for logits in (image_logits, text_logits)
    ]
    return sum(both) / 2


def same_pairs(ids: Tensor, image_ids: Tensor | None = None) -> Tensor:
    """Find the pairs that can't serve as wrong answers to each other.

    Args:
        ids: tokens of the captions, (batch, tokens), as long in all processes.
        image_ids: int64 (batch,), the number of the image that each pair shows;
            without it, only equal captions are known to be equal.
    Returns:
        Boolean (batch, processes * batch): True where the column's pair is the row's
        own, or has the same caption or the same image.
    """
    same = (ids[:, None] == gather_with_gradient(ids)).all(dim=-1)
    if image_ids is not None:
        same = same | (image_ids[:, None] == gather_with_gradient(image_ids))
    return same


@torch.no_grad()
def sample_hard_negatives(logits: Tensor, forbidden: Tensor) -> Tensor:
    """Draw a wrong answer for each row: the more similar, the more likely.

    Args:
        logits: (batch, candidates), similarities divided by the temperature.
        forbidden: boolean, of the same shape: candidates that aren't wrong.
    Returns:
        int64 (batch,), the column drawn in each row, with the probability that the
        softmax over the allowed ones gives it.
    Raises:
        ValueError: all candidates of a row are forbidden.
    """
    if forbidden.all(dim=1).any():
        raise ValueError(
            "a pair has no wrong answer in its batch: all others have its caption or "
            "its image. Make the batch larger, or draw it from different images"
        )
    weights = logits.masked_fill(forbidden, -torch.inf).softmax(dim=1)
    return torch.multinomial(weights, 1).squeeze(1)


def itm_loss(logits: Tensor) -> Tensor:
    """Measure how badly right pairs are told from wrong ones (image-text matching).

    Args:
        logits: (3 * batch, 2): of "no" and "yes" for the right pairs, then for texts
            with a wrong image, then for images with a wrong text.
    Returns:
        The mean cross-entropy, in nats: 0.64 for who knows only that two in three
        pairs are wrong.
    """
    labels = torch.zeros(len(logits), dtype=torch.int64, device=logits.device)
    labels[: len(logits) // 3] = 1
    return F.cross_entropy(logits, labels)


def next_token_loss(logits: Tensor, labels: Tensor, smoothing: float = 0.0) -> Tensor:
    """Measure how badly each token foretells the one after it (ITG, and stage 2).

    Args:
        logits: (batch, tokens, vocabulary), read at each token.
        labels: int64 (batch, tokens): the tokens themselves, NOT shifted; `IGNORED`
            where nothing is to be foretold.
        smoothing: share of the target spread evenly over the vocabulary.
    Returns:
        The mean cross-entropy per token that counts, in nats.
    """
    return F.cross_entropy(
        logits[:, :-1].flatten(0, 1),  # the last token has none after it
        labels[:, 1:].flatten(),  # the first one is given
        ignore_index=IGNORED,
        label_smoothing=smoothing,
    )


def rerank(
    similarity: Tensor, match: Callable[[int, Tensor], Tensor], k: int
) -> Tensor:
    """Look at the best answers a second time, with a model that sees both together.

    Args:
        similarity: (queries, candidates), cosines.
        match: gives the logit that a query and some candidates belong together, for
            the number of the query and those of the candidates, int64 (k,).
        k: how many candidates of each query are looked at again.
    Returns:
        Scores (queries, candidates): the sum of logit and similarity for the k best;
        the others come after them, in the old order.
    """
    scores = similarity - 1000.0  # lower than any logit
    best = similarity.topk(min(k, similarity.shape[1]), dim=1).indices
    for query, candidates in enumerate(best):
        score = similarity[query, candidates] + match(query, candidates)
        scores[query, candidates] = score
    return scores
