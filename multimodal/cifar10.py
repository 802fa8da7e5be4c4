"""CIFAR-10: 60,000 photographs of 32 x 32 pixels, ten classes (Krizhevsky, 2009)."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from multimodal.hub import load_split

NAME = "uoft-cs/cifar10"  # in the Hugging Face hub
CLASSES = (
    "aeroplane", "car", "bird", "cat", "deer",
    "dog", "frog", "horse", "ship", "lorry",
)  # fmt: skip


def cifar10(split: str, folder: str | Path | None = None) -> tuple[Tensor, Tensor]:
    """Read the photographs of a split as bytes, with their classes.

    Args:
        split: "train" (50,000) or "test" (10,000).
        folder: holds the data set as Parquet files; by default it is read from the
            hub's cache, or from the hub.
    Returns:
        Images, uint8 `(photographs, 3, 32, 32)`, and the numbers of their `CLASSES`,
        int64 `(photographs,)`.
    Raises:
        UnavailableError: an OSError; the data can't be had.
        ValueError: the split is another one, or the folder holds other data.
    """
    if split not in ("train", "test"):
        raise ValueError(f"CIFAR-10 has the splits 'train' and 'test', not {split!r}")
    rows = load_split(NAME, split, {"img", "label"}, folder)
    images = np.stack([np.asarray(image.convert("RGB")) for image in rows["img"]])
    images = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
    return images, torch.tensor(rows["label"])
