"""What the photographs' CLIP can be used for: the record, and how it is measured."""

import io
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from multimodal.checkpoints import course_weights, read_card
from multimodal.cifar10 import cifar10
from multimodal.emoji_scenes import with_article
from multimodal.flickr8k import Flickr8k
from multimodal.hub import UnavailableError
from multimodal.locked_clip import LockedCLIP, embed_maps
from multimodal.photograph_encoder import PhotographEncoder, photograph_features
from multimodal.preprocessing import ImagePreprocessing
from multimodal.tokenizer import Tokenizer
from multimodal.zero_shot import class_embeddings

sys.path.insert(0, str(Path(__file__).parent))
from small_recipes import ROOT, script

FOLDER = ROOT / "checkpoints" / "clip-flickr8k"
RECORD = json.loads((FOLDER / "uses.json").read_text(encoding="utf-8"))


@pytest.fixture
def uses():
    """The script, as a module."""
    return script("clip-flickr8k", "uses.py")


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Two Dogs run.", "dog", True),
        ("A hotdog.", "dog", False),
        ("A cathedral.", "cat|kitten", False),
        ("Some kittens sleep.", "cat|kitten", True),
        ("On two beaches.", "beach", True),
        ("A child.", "cat", False),
    ],
)
def test_a_word_is_found_whole_or_in_its_plural(uses, text, words, expected):
    assert uses.has_word(text, words) is expected


def test_a_search_is_right_where_the_captions_have_all_its_words(uses, monkeypatch):
    monkeypatch.setattr(uses, "SEARCHES", {"x": ("dog", "snow"), "y": ("cat",)})
    monkeypatch.setattr(uses, "FIRST", 2)
    captions = [
        ("A dog.", "White snow."),  # both, in different captions
        ("A dog in the snow.", "Cold."),
        ("A dog.", "A dog."),
        ("Snow.", "A cat."),
    ]
    images = torch.eye(4)
    texts = torch.tensor([[0.9, 0.1, 0.8, 0.0], [0.0, 0.0, 0.3, 0.9]])
    measured = uses.measure_search(images, texts, captions)
    assert (measured["x"]["found"], measured["x"]["chance"]) == (0.5, 0.5)
    assert (measured["y"]["found"], measured["y"]["chance"]) == (0.5, 0.25)


def test_answers_are_counted_by_their_true_class(uses):
    labels = torch.arange(10).repeat(2)
    answers = labels.clone()
    answers[3], answers[13] = 5, 5  # both cats are called dogs
    answers[8] = 0  # and one ship an airplane
    measured = uses.measure_answers(answers, labels)
    assert measured["accuracy"] == pytest.approx(17 / 20)
    assert measured["right"]["cat"] == 0.0 and measured["right"]["ship"] == 0.5
    assert measured["confusion"][3][5] == 2 and measured["confusion"][8][0] == 1
    assert measured["confusion"][5][3] == 0


def test_the_probe_learns_what_can_be_told_apart(uses):
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(200) % 4
    features = torch.randn(200, 6, generator=generator)
    features[:, :4] += 4 * nn.functional.one_hot(labels, 4)
    answers = uses.probe(features[:100], labels[:100], features[100:])
    assert (answers == labels[100:]).float().mean() > 0.9


def test_the_record_is_complete_and_agrees_with_itself_and_the_card(uses):
    cifar = RECORD["CIFAR-10"]
    assert cifar["test photographs"] == uses.TEST
    ways = [name for name, found in cifar.items() if "accuracy" in str(found)]
    assert len(ways) == 5
    for name in ways:
        confusion = np.array(cifar[name]["confusion"])
        assert confusion.shape == (10, 10) and confusion.sum() == uses.TEST
        accuracy = confusion.trace() / confusion.sum()
        assert cifar[name]["accuracy"] == pytest.approx(accuracy, abs=1e-4)
        assert tuple(cifar[name]["right"]) == uses.NAMES
    assert tuple(cifar["prompts"]) == uses.PROMPTS
    assert list(RECORD["search"]) == list(uses.SEARCHES)
    card = read_card("clip-flickr8k")["metrics"]["test"]
    for name, value in card.items():
        assert RECORD["retrieval"][name] == pytest.approx(value, abs=2e-3)
    words = RECORD["captions with the word"]
    assert set(words) >= {*uses.NAMES, *uses.OTHER_WORDS}


def test_where_the_photographs_are_at_hand_the_record_holds(uses, tmp_path):
    try:
        images, labels = cifar10("test", os.environ.get("CIFAR10_DATA"))
        captions = Flickr8k("train", os.environ.get("FLICKR8K_DATA")).captions
    except UnavailableError:
        pytest.skip("name the folders of the data in CIFAR10_DATA and FLICKR8K_DATA")
    written = [text for own in captions for text in own]
    for word in ("frog", "cat", "dog"):
        counted = sum(uses.has_word(text, word) for text in written)
        assert counted == RECORD["captions with the word"][word]
    folder = course_weights("clip-flickr8k")
    model, tokenizer = LockedCLIP.load(folder), Tokenizer.load(folder)
    pixels = images[: uses.PART].permute(0, 2, 3, 1).numpy()
    files = [uses.png(Image.fromarray(one)) for one in pixels]
    maps = photograph_features(PhotographEncoder(), files, folder=tmp_path)
    things = [with_article(name) for name in uses.NAMES]
    classes = class_embeddings(model, tokenizer, things, uses.PROMPTS)
    answers = (embed_maps(model, maps) @ classes.T).argmax(dim=1)
    right = (answers == labels[: uses.PART]).float().mean().item()
    written = RECORD["CIFAR-10"][f"zero-shot, first {uses.PART}"]
    assert right == pytest.approx(written, abs=0.031)


class SmallEncoder(nn.Module):
    """Stands for the frozen encoder: the pixels of 2 x 2, repeated to its width."""

    def __init__(self):
        super().__init__()
        self.preprocess = ImagePreprocessing((2, 2))
        self.one = nn.Parameter(torch.ones(1), requires_grad=False)

    def forward(self, images):
        return (
            (self.one * images).flatten(2).transpose(1, 2).repeat(1, 1, 427)[..., :1280]
        )


class SmallFlickr8k:
    """Stands for Flickr8k: twelve photographs of noise with two captions each."""

    def __init__(self, split, folder):
        pixels = np.random.default_rng(len(split)).integers(0, 256, (12, 40, 40, 3))
        self.files = []
        for one in pixels.astype(np.uint8):
            buffer = io.BytesIO()
            Image.fromarray(one).save(buffer, "PNG")
            self.files.append(buffer.getvalue())
        self.captions = [(f"A dog in snow {n}.", f"Cats {n}.") for n in range(12)]


def test_the_command_writes_a_record(uses, monkeypatch, tmp_path):
    def small_cifar10(split, folder):
        generator = torch.Generator().manual_seed(len(split))
        images = torch.randint(256, (40, 3, 32, 32), generator=generator)
        return images.byte(), torch.arange(40) % 10

    monkeypatch.setattr(uses, "Flickr8k", SmallFlickr8k)
    monkeypatch.setattr(uses, "cifar10", small_cifar10)
    monkeypatch.setattr(uses, "PhotographEncoder", SmallEncoder)
    monkeypatch.setenv("FEATURE_CACHE", str(tmp_path / "features"))
    out = tmp_path / "uses.json"
    monkeypatch.setattr(sys, "argv", ["uses.py", "--out", str(out)])
    uses.main()
    record = json.loads(out.read_text(encoding="utf-8"))
    assert record.keys() == RECORD.keys()
    assert record["CIFAR-10"].keys() == RECORD["CIFAR-10"].keys()
    assert record["captions"] == 24
    assert record["captions with the word"]["cat"] == 12
    assert record["search"]["a dog runs through snow"]["chance"] == 1.0
    assert record["retrieval"] != record["retrieval, shrunk"]


def test_without_data_it_says_what_to_do(uses, monkeypatch, tmp_path):
    arguments = ["uses.py", "--flickr8k", str(tmp_path), "--out", str(tmp_path / "x")]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit, match="no Parquet files"):
        uses.main()
    assert not (tmp_path / "x").exists()
