"""Classify images by texts, without training for it, and say how sure to be."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.scene_pairs import embed_texts
from multimodal.tokenizer import Tokenizer


def class_embeddings(
    model: nn.Module,
    tokenizer: Tokenizer,
    classes: Sequence[str],
    prompts: Sequence[str] = ("{}",),
) -> Tensor:
    """Turn the names of classes into one unit vector each (Radford et al., 2021).

    Args:
        model: a `CLIP`, with its tokenizer.
        classes: names to put into the prompts.
        prompts: sentences with a place `{}` for the name. The embeddings of all of
            them are averaged, and the average is normalised again.
    Returns:
        (classes, embedding_width).
    Raises:
        ValueError: there is no prompt, or one without a place for the name.
    """
    if not prompts or any("{}" not in prompt for prompt in prompts):
        raise ValueError(f"each prompt needs a place {{}} for the name, got {prompts}")
    texts = [prompt.format(name) for name in classes for prompt in prompts]
    embedded = embed_texts(model, tokenizer, texts)
    means = embedded.unflatten(0, (len(classes), len(prompts))).mean(dim=1)
    return F.normalize(means, dim=-1)


def classify(images: Tensor, classes: Tensor, scale: Tensor | float) -> Tensor:
    """Give the probability of each class for each image.

    Args:
        images: unit vectors (images, width).
        classes: unit vectors (classes, width).
        scale: factor for the cosines, that of the model's training.
    Returns:
        (images, classes), each row adds up to 1.
    """
    return (scale * images @ classes.T).softmax(dim=1)


def calibration(
    probabilities: Tensor, labels: Tensor, bins: int = 10
) -> tuple[Tensor, Tensor, Tensor]:
    """Compare how sure a classifier is with how often it is right.

    Args:
        probabilities: (examples, classes).
        labels: int64 (examples,).
        bins: intervals of equal width, between 0 and 1, for the highest probability.
    Returns:
        For each bin its mean highest probability, its share of right answers (both
        nan where no example falls) and its share of the examples.
    """
    confidence, answers = probabilities.max(dim=1)
    right = (answers == labels).double()
    places = (confidence * bins).long().clamp_max(bins - 1)
    count = torch.bincount(places, minlength=bins).double()
    sums = [
        torch.zeros(bins, dtype=torch.float64).index_add(0, places, values)
        for values in (confidence.double(), right)
    ]
    return sums[0] / count, sums[1] / count, count / len(labels)


def expected_calibration_error(
    probabilities: Tensor, labels: Tensor, bins: int = 10
) -> float:
    """Give the mean difference of confidence and accuracy (Guo et al., 2017).

    Each bin counts by its share of the examples; 0 is best.
    """
    confidence, accuracy, share = calibration(probabilities, labels, bins)
    return ((confidence - accuracy).abs() * share).nansum().item()
