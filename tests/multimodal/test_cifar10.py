"""CIFAR-10 is read from a folder or the hub's cache; errors say what to do."""

import datasets
import numpy as np
import pytest
import torch
from PIL import Image

from multimodal import cifar10 as module
from multimodal.cifar10 import CLASSES, cifar10
from multimodal.hub import UnavailableError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Parquet files with the hub's columns, and no hub."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    pixels = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)
    for split, rows in (("train", slice(0, 4)), ("test", slice(4, 6))):
        table = datasets.Dataset.from_dict(
            {
                "img": [Image.fromarray(image) for image in pixels[rows]],
                "label": list(range(6))[rows],
            },
            features=datasets.Features(
                {
                    "img": datasets.Image(),
                    "label": datasets.ClassLabel(names=list(CLASSES)),
                }
            ),
        )
        table.to_parquet(tmp_path / "data" / f"{split}-00000-of-00001.parquet")
    return tmp_path / "data", pixels


def test_photographs_come_as_bytes_with_their_classes(folder):
    path, pixels = folder
    images, labels = cifar10("train", path)
    assert images.dtype == torch.uint8 and images.shape == (4, 3, 32, 32)
    assert np.array_equal(images.permute(0, 2, 3, 1).numpy(), pixels[:4])
    assert labels.tolist() == [0, 1, 2, 3] and labels.dtype == torch.int64
    assert cifar10("test", path)[1].tolist() == [4, 5]


def test_without_hub_and_folder_the_error_says_what_to_do(folder, tmp_path):
    with pytest.raises(UnavailableError, match=r"can't get 'uoft-cs/cifar10'.*folder"):
        cifar10("train")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnavailableError, match="no Parquet files in"):
        cifar10("train", tmp_path / "empty")
    with pytest.raises(ValueError, match="'train' and 'test', not 'validation'"):
        cifar10("validation", folder[0])


def test_other_data_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    table = datasets.Dataset.from_dict({"text": ["a"], "label": [0]})
    table.to_parquet(tmp_path / "data" / "train-00000-of-00001.parquet")
    with pytest.raises(ValueError, match=r"doesn't hold uoft-cs/cifar10.*'text'"):
        cifar10("train", tmp_path / "data")


def test_there_are_ten_classes_in_the_order_of_the_data():
    assert (
        len(CLASSES) == 10 and CLASSES[3] == "cat" and module.NAME == "uoft-cs/cifar10"
    )
