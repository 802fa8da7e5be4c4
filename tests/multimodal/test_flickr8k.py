"""Flickr8k is read from a folder or the hub's cache, its captions as sentences."""

import io

import datasets
import numpy as np
import pytest
from PIL import Image

from multimodal import flickr8k as module
from multimodal.flickr8k import CAPTIONS, Flickr8k, tidy
from multimodal.hub import UnavailableError


def jpeg(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Parquet files with the hub's columns, and no hub."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    for split, photographs in (("train", range(4)), ("test", range(4, 6))):
        columns = {"image": [{"bytes": jpeg(n), "path": None} for n in photographs]}
        for column in CAPTIONS:
            columns[column] = [f"a dog of {column} , no {n} ." for n in photographs]
        features = {column: datasets.Value("string") for column in CAPTIONS}
        features = datasets.Features({"image": datasets.Image()} | features)
        table = datasets.Dataset.from_dict(columns, features=features)
        table.to_parquet(tmp_path / "data" / f"{split}-00000-of-00001.parquet")
    return tmp_path / "data"


def test_a_photograph_comes_with_its_own_five_captions(folder):
    data = Flickr8k("train", folder)
    assert len(data) == len(data.captions) == len(data.files) == 4
    photograph, captions = data[2]
    assert photograph.mode == "RGB" and photograph.size == (30, 20)
    expected = Image.open(io.BytesIO(jpeg(2)))
    assert np.array_equal(np.asarray(photograph), np.asarray(expected))
    assert captions == tuple(f"A dog of caption_{k}, no 2." for k in range(5))
    test = Flickr8k("test", folder)
    assert test.captions[1][0] == "A dog of caption_0, no 5."


def test_files_are_those_of_the_data_set_and_can_be_sliced(folder):
    files = Flickr8k("train", folder).files
    assert files[1] == jpeg(1) and files[1:9:2] == [jpeg(1), jpeg(3)]
    assert list(files) == [jpeg(n) for n in range(4)]


def test_photographs_are_decoded_when_they_are_asked_for(folder, monkeypatch):
    """Eight thousand decoded photographs would fill a laptop's memory."""
    opened, open_image = [], module.open_image

    def counting(source):
        opened.append(source)
        return open_image(source)

    monkeypatch.setattr(module, "open_image", counting)
    data = Flickr8k("train", folder)
    assert len(data.captions) == 4 and not opened
    data[0]
    assert len(opened) == 1


@pytest.mark.parametrize(
    ("written", "tidied"),
    [
        ("two dogs run .", "Two dogs run."),
        ("A man 's hat is red", "A man's hat is red."),
        ("He ca n't see , or does n't .", "He can't see, or doesn't."),
        ('A " Spring Hill " shirt .', 'A "Spring Hill" shirt.'),
        ("A ball . It is red ;", "A ball. It is red."),
        ("Look !", "Look!"),
        ("2  cats\nin a merry-go-round .", "2 cats in a merry-go-round."),
    ],
)
def test_captions_become_sentences(written, tidied):
    assert tidy(written) == tidied
    assert tidy(tidied) == tidied


def test_without_hub_and_folder_the_error_says_what_to_do(folder, tmp_path):
    with pytest.raises(UnavailableError, match=r"can't get 'jxie/flickr8k'.*folder"):
        Flickr8k("train")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnavailableError, match="no Parquet files in"):
        Flickr8k("train", tmp_path / "empty")
    with pytest.raises(ValueError, match="has the splits .*'test'.*, not 'dev'"):
        Flickr8k("dev", folder)


def test_other_data_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    table = datasets.Dataset.from_dict({"text": ["a"], "label": [0]})
    table.to_parquet(tmp_path / "data" / "train-00000-of-00001.parquet")
    with pytest.raises(ValueError, match=r"doesn't hold jxie/flickr8k.*'text'"):
        Flickr8k("train", tmp_path / "data")
