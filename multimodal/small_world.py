"""What lets a small Q-Former learn in two minutes: few nouns, larger weights."""

import math
from collections.abc import Sequence

import torch
from torch import nn

from multimodal.emoji_scenes import NOUNS, EmojiScenes, Scene


def small_world(
    split: str, size: int, nouns: Sequence[str] = NOUNS[::7]
) -> list[Scene]:
    """Find scenes that hold only a few nouns, groups and pairs in turn.

    Args:
        split: as for `EmojiScenes`.
        size: number of scenes.
        nouns: what may be in them; by default every seventh noun, 21 in all.
    """
    streams = [
        (
            scene
            for scene in EmojiScenes(split, 2**31, kinds=(kind,))
            if {thing.noun for thing in scene.graph.objects} <= set(nouns)
        )
        for kind in ("group", "pair")
    ]
    return [next(streams[number % 2]) for number in range(size)]


@torch.no_grad()
def enlarge_weights(model: nn.Module, width: int, made_for: int = 768) -> None:
    """Make the first weights of a narrow model as effective as those of a wide one.

    A sum over `width` products has a standard deviation that grows with the root of
    `width`, so that weights made for BERT's 768 are too small for a narrow model.

    Args:
        model: newly made; the weights of its linear layers are multiplied.
        width: length of its token vectors.
        made_for: the width for which its weights were drawn.
    """
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            layer.weight *= math.sqrt(made_for / width)
