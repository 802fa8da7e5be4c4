"""Embeddings of texts, of images, and the projection of both into one space."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.tokenizer import split_words


class BagOfWords:
    """Describe a text by how often each known word occurs in it.

    Args:
        texts: whose words become known; the vectors have a number for each.
    """

    def __init__(self, texts: Iterable[str]):
        self.words = sorted({word for text in texts for word in split_words(text)})
        self.places = {word: place for place, word in enumerate(self.words)}

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Return counts, (texts, words); unknown words are left out."""
        counts = torch.zeros(len(texts), len(self.words))
        for row, text in enumerate(texts):
            for word in split_words(text):
                if word in self.places:
                    counts[row, self.places[word]] += 1
        return counts


class JointSpace(nn.Module):
    """Map vectors of images and of texts into one space, each by a linear layer.

    Args:
        image_width, text_width: numbers in a vector of an image and of a text.
        width: numbers in a vector of the space that both share.
    """

    def __init__(self, image_width: int, text_width: int, width: int):
        super().__init__()
        self.image = nn.Linear(image_width, width)
        self.text = nn.Linear(text_width, width)

    def forward(self, images: Tensor, texts: Tensor) -> tuple[Tensor, Tensor]:
        """Return the projections, (batch, width) each, as long as they come out."""
        return self.image(images), self.text(texts)


def cosine_similarity(queries: Tensor, candidates: Tensor) -> Tensor:
    """Compare directions: 1 for the same, 0 for a right angle, -1 for the opposite.

    Args:
        queries: (queries, width); candidates: (candidates, width). No row is zero.
    Returns:
        (queries, candidates): a row for each query.
    """
    return F.normalize(queries, dim=-1) @ F.normalize(candidates, dim=-1).T


def spread(vectors: Tensor) -> float:
    """Give the mean cosine distance between different vectors: 0 if all point alike.

    Args:
        vectors: (vectors, width), at least two.
    """
    cosines = cosine_similarity(vectors, vectors)
    number = len(vectors)
    return 1 - ((cosines.sum() - number) / (number * (number - 1))).item()
