"""Flickr8k: 8,000 photographs, each with five captions (Hodosh et al., 2013)."""

import re
from collections.abc import Sequence
from pathlib import Path

import datasets
from PIL import Image

from multimodal.hub import load_split
from multimodal.photographs import open_image

NAME = "jxie/flickr8k"  # in the Hugging Face hub
SPLITS = {"train": 6000, "validation": 1000, "test": 1000}  # and their photographs
CAPTIONS = tuple(f"caption_{number}" for number in range(5))


class Flickr8k(Sequence):
    """The photographs of a split and their captions; photographs are decoded when used.

    `data[3]` is a photograph, RGB, with its captions. `data.captions` has the captions
    of all, `data.files` the photographs as the files that they came in.

    Args:
        split: "train" (6,000 photographs), "validation" or "test" (1,000 each).
        folder: holds the data set as Parquet files; by default it is read from the
            hub's cache, or from the hub.
    Raises:
        UnavailableError: an OSError; the data can't be had.
        ValueError: the split is another one, or the folder holds other data.
    """

    def __init__(self, split: str, folder: str | Path | None = None):
        if split not in SPLITS:
            raise ValueError(f"Flickr8k has the splits {list(SPLITS)}, not {split!r}")
        rows = load_split(NAME, split, {"image", *CAPTIONS}, folder)
        written = zip(*(rows[column] for column in CAPTIONS), strict=True)
        self.captions = [tuple(map(tidy, captions)) for captions in written]
        self.files = Files(rows, "image")

    def __len__(self) -> int:
        """Count the photographs."""
        return len(self.captions)

    def __getitem__(self, number: int) -> tuple[Image.Image, tuple[str, ...]]:
        """Give a photograph with its five captions."""
        return open_image(self.files[number]), self.captions[number]


class Files(Sequence):
    """Image files in a column of a data set; each is read when it is asked for.

    Args:
        rows: the data set.
        column: its column with images.
    """

    def __init__(self, rows: datasets.Dataset, column: str):
        self.rows = rows.select_columns(column)
        self.rows = self.rows.cast_column(column, datasets.Image(decode=False))
        self.column = column

    def __len__(self) -> int:
        """Count the files."""
        return len(self.rows)

    def __getitem__(self, number: int | slice) -> bytes | list[bytes]:
        """Give the content of a file, or of several."""
        if isinstance(number, slice):
            return [self[one] for one in range(len(self))[number]]
        return self.rows[number][self.column]["bytes"]


def tidy(caption: str) -> str:
    """Write a caption as a sentence, with its signs where English has them.

    In the data spaces separate words from signs, and some sentences begin with a
    small letter or end without a full stop.
    """
    text = re.sub(r'" ?([^"]*?) ?"', r'"\1"', " ".join(caption.split()))
    text = re.sub(r" ([.,;:!?)]|'\w|n't\b)", r"\1", text).rstrip(" .,;")
    return text[:1].upper() + text[1:] + ("" if text.endswith(("!", "?")) else ".")
