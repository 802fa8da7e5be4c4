"""Data sets of the Hugging Face hub, and the error when something can't be had."""

from pathlib import Path

import datasets
from datasets.exceptions import DatasetNotFoundError


class UnavailableError(OSError):
    """Neither the hub, nor its cache, nor a folder has what was asked for."""


def load_split(
    name: str, split: str, columns: set[str], folder: str | Path | None = None
) -> datasets.Dataset:
    """Read a split of a data set from the hub, its cache or a folder.

    Args:
        name: of the data set in the hub, as in "uoft-cs/cifar10".
        split: for example "train".
        columns: that it has to have.
        folder: holds the data set as Parquet files; by default it is read from the
            hub's cache, or from the hub.
    Raises:
        UnavailableError: an OSError; the data can't be had.
        ValueError: the folder holds other data.
    """
    if folder is not None and not list(Path(folder).glob("*.parquet")):
        raise UnavailableError(
            f"there are no Parquet files in {folder}: give the folder that holds those "
            f"of {name}, or none to read them from the hub"
        )
    try:
        if folder is None:
            rows = datasets.load_dataset(name, split=split)
        else:
            rows = datasets.load_dataset("parquet", data_dir=str(folder), split=split)
    except (OSError, DatasetNotFoundError) as error:
        raise UnavailableError(
            f"can't get {name!r}: the Hugging Face cache doesn't hold it, and the hub "
            f"didn't give it ({type(error).__name__}). Check the connection, or give a "
            "folder with its Parquet files"
        ) from error
    if not columns <= set(rows.column_names):
        raise ValueError(
            f"{folder or 'the hub'} doesn't hold {name}: the columns are "
            f"{rows.column_names}, {sorted(columns)} are expected"
        )
    return rows
