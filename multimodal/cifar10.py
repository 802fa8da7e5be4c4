"""CIFAR-10: 60,000 photographs of 32 x 32 pixels, ten classes (Krizhevsky, 2009)."""

from pathlib import Path

import datasets
import numpy as np
import torch
from datasets.exceptions import DatasetNotFoundError
from torch import Tensor

NAME = "uoft-cs/cifar10"  # in the Hugging Face hub
CLASSES = (
    "aeroplane", "car", "bird", "cat", "deer",
    "dog", "frog", "horse", "ship", "lorry",
)  # fmt: skip


class DataUnavailableError(OSError):
    """Neither the hub, nor its cache, nor a folder has the data asked for."""


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
        DataUnavailableError: an OSError; the data can't be had.
        ValueError: the split is another one, or the folder holds other data.
    """
    if split not in ("train", "test"):
        raise ValueError(f"CIFAR-10 has the splits 'train' and 'test', not {split!r}")
    if folder is not None and not list(Path(folder).glob("*.parquet")):
        raise DataUnavailableError(
            f"there are no Parquet files in {folder}: give the folder that holds those "
            f"of {NAME}, or none to read them from the hub"
        )
    try:
        if folder is None:
            rows = datasets.load_dataset(NAME, split=split)
        else:
            rows = datasets.load_dataset("parquet", data_dir=str(folder), split=split)
    except (OSError, DatasetNotFoundError) as error:
        raise DataUnavailableError(
            f"can't get {NAME!r}: the Hugging Face cache doesn't hold it, and the hub "
            f"didn't give it ({type(error).__name__}). Check the connection, or give a "
            "folder with its Parquet files"
        ) from error
    if not {"img", "label"} <= set(rows.column_names):
        raise ValueError(
            f"{folder} is not CIFAR-10: it has the columns {rows.column_names}, "
            "'img' and 'label' are expected"
        )
    images = np.stack([np.asarray(image.convert("RGB")) for image in rows["img"]])
    images = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
    return images, torch.tensor(rows["label"])
