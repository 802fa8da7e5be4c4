"""Batches of images that a frozen encoder has seen, each with a caption."""

import random
from collections.abc import Sequence

import torch
from torch import Tensor

from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe, batch_indices


def drop_words(ids: list[int], share: float, rng: random.Random) -> list[int]:
    """Leave out some tokens between the first and the last one, at random."""
    kept = [number for number in ids[1:-1] if rng.random() >= share]
    return [ids[0], *kept, ids[-1]]


class CaptionBatches:
    """Batches of encoded images, each with one of its captions, by their step.

    No image comes twice in a batch, so that no caption of another row is right.
    A batch depends on the step and the seed alone.

    Args:
        features: (images, positions, width), as a frozen encoder gives them.
        captions: of each image.
        tokenizer: for the captions.
        recipe: gives the batch size and the seed.
        mirrored: features of the mirrored images, which give half of a batch.
        word_dropout: share of the tokens that are left out, at random.
    """

    def __init__(
        self,
        features: Tensor,
        captions: Sequence[Sequence[str]],
        tokenizer: Tokenizer,
        recipe: Recipe,
        mirrored: Tensor | None = None,
        word_dropout: float = 0.0,
    ):
        self.views = [features] if mirrored is None else [features, mirrored]
        self.ids = [[tokenizer.encode(text) for text in texts] for texts in captions]
        self.end_id, self.recipe = tokenizer.end_id, recipe
        self.word_dropout = word_dropout

    def __call__(self, step: int) -> tuple[Tensor, Tensor]:
        """Give features (batch, positions, width) and tokens (batch, tokens)."""
        rng = random.Random(f"photographs {self.recipe.seed} {step}")
        batch = batch_indices(step, len(self.ids), self.recipe).tolist()
        features = torch.stack([rng.choice(self.views)[number] for number in batch])
        rows = [rng.choice(self.ids[number]) for number in batch]
        rows = [drop_words(row, self.word_dropout, rng) for row in rows]
        longest = max(map(len, rows))
        padded = [row + [self.end_id] * (longest - len(row)) for row in rows]
        return features, torch.tensor(padded)
