"""Measure what the photographs' CLIP of chapter 4 can be used for, and where it fails.

    python checkpoints/clip-flickr8k/uses.py [--flickr8k FOLDER] [--cifar10 FOLDER]

It searches the test photographs of Flickr8k by some texts, names the classes of
CIFAR-10 without having been trained for it, and takes apart why it often can't. The
result is `uses.json`: numbers, no captions and no photographs. The data come from the
hub unless folders with their Parquet files are given. What the encoder makes of the
photographs is kept in the folder that the variable FEATURE_CACHE names (0.6 GB), so
that an interrupted run goes on where it stopped.
"""

import argparse
import io
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from multimodal.checkpoints import course_weights, device_name
from multimodal.cifar10 import cifar10
from multimodal.emoji_scenes import with_article
from multimodal.flickr8k import Flickr8k
from multimodal.locked_clip import LockedCLIP, embed_maps, measure_photographs
from multimodal.photograph_encoder import PhotographEncoder, photograph_features
from multimodal.photographs import open_image
from multimodal.scene_pairs import embed_texts
from multimodal.tokenizer import Tokenizer
from multimodal.zero_shot import class_embeddings

HERE = Path(__file__).parent
TRAIN, TEST = 1500, 2000  # photographs of CIFAR-10, the first ones of their splits
PART = 100  # of the latter, on which the record can be measured again soon
NAMES = (  # its classes, as captions from America write them
    "airplane", "car", "bird", "cat", "deer",
    "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
PROMPTS = ("{}.", "There is {}.", "A photo of {}.", "A picture of {}.", "{} outside.")
OTHER_WORDS = ("coffee", "cup", "smoke", "fire", "woman", "night", "sky", "puppy")
SMALL = 32  # pixels a side of CIFAR-10's photographs
FIRST = 10  # photographs found that are looked at
SEARCHES = {  # texts; a photograph is right if its captions have a word of each group
    "a dog runs through snow": ("dog", "snow"),
    "a puppy": ("puppy|puppies",),
    "two people on a mountain": ("mountain|cliff",),
    "children play in a pool": ("child|children|kid|boy|girl", "pool"),
    "a man rides a bicycle": ("bicycle|bike|bicyclist|biker|cyclist",),
    "a football game": ("football",),
    "a person plays the guitar": ("guitar",),
    "a girl in a pink dress": ("girl", "pink"),
    "a horse": ("horse",),
    "a computer": ("computer|laptop",),
    "a cat": ("cat|kitten",),
}


def has_word(text: str, words: str) -> bool:
    """Tell whether a text has one of the words, such as "cat|kitten", or its plural."""
    return re.search(rf"\b({words})(s|es)?\b", text, re.IGNORECASE) is not None


def png(image: Image.Image) -> bytes:
    """Write an image as a file."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def measure_search(
    images: Tensor, texts: Tensor, captions: Sequence[Sequence[str]]
) -> dict[str, dict[str, float]]:
    """Tell how often the captions of what was found have the words of the search.

    Args:
        images, texts: unit vectors of the photographs and of the `SEARCHES`.
        captions: of each photograph.
    Returns:
        For each text, the share of right photographs among the `FIRST` found, and
        among all, which is what a random order finds.
    """
    measured = {}
    for (text, groups), cosines in zip(SEARCHES.items(), texts @ images.T, strict=True):
        right = torch.tensor(
            [
                all(has_word(" ".join(own), words) for words in groups)
                for own in captions
            ]
        )
        found = cosines.topk(FIRST).indices
        measured[text] = {
            "words": " and ".join(groups),
            "found": round(right[found].float().mean().item(), 4),
            "chance": round(right.float().mean().item(), 4),
        }
    return measured


def measure_answers(answers: Tensor, labels: Tensor) -> dict[str, object]:
    """Compare answers with labels, both (photographs,), over all and class by class."""
    confusion = torch.zeros(len(NAMES), len(NAMES), dtype=torch.int64)
    confusion.index_put_((labels, answers), torch.tensor(1), accumulate=True)
    right = confusion.diagonal() / confusion.sum(dim=1)
    return {
        "accuracy": round((answers == labels).float().mean().item(), 4),
        "right": {
            name: round(share, 4)
            for name, share in zip(NAMES, right.tolist(), strict=True)
        },
        "confusion": confusion.tolist(),
    }


def probe(train: Tensor, train_labels: Tensor, test: Tensor) -> Tensor:
    """Classify by a linear map that is trained on labelled photographs.

    Args:
        train, test: features or embeddings, (photographs, width).
        train_labels: int64 (photographs,).
    """
    classifier = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.01, max_iter=1000)
    )
    classifier.fit(train.numpy(), train_labels.numpy())
    return torch.from_numpy(classifier.predict(test.numpy()))


def measure_classes(
    model: LockedCLIP,
    tokenizer: Tokenizer,
    encoder: PhotographEncoder,
    data: dict[str, tuple[Tensor, Tensor]],
) -> dict[str, object]:
    """Name the classes of CIFAR-10: by texts, and by probes trained on labels.

    Centred means that the mean cosine of each class over all photographs, which needs
    no labels, is taken away from its cosines.

    Args:
        model, tokenizer: that belong together.
        encoder: for the photographs.
        data: "train" and "test" photographs with their classes, as `cifar10` gives.
    """
    maps, labels = {}, {}
    for split, number in (("train", TRAIN), ("test", TEST)):
        images, all_labels = data[split]
        pixels = images[:number].permute(0, 2, 3, 1).numpy()
        files = [png(Image.fromarray(one)) for one in pixels]
        maps[split] = photograph_features(encoder, files)
        labels[split] = all_labels[:number]
    images = {split: embed_maps(model, part) for split, part in maps.items()}
    things = [with_article(name) for name in NAMES]
    result = {"train photographs": TRAIN, "test photographs": TEST, "prompts": PROMPTS}
    bare, classes = (
        images["test"] @ class_embeddings(model, tokenizer, things, prompts).T
        for prompts in (("{}",), PROMPTS)
    )
    means = {
        split: torch.stack([one.float().mean(dim=0) for one in part])
        for split, part in maps.items()
    }
    answers = {
        "bare names": bare.argmax(dim=1),
        "zero-shot": classes.argmax(dim=1),
        "zero-shot, centred": (classes - classes.mean(dim=0)).argmax(dim=1),
        "probe of embeddings": probe(images["train"], labels["train"], images["test"]),
        "probe of features": probe(means["train"], labels["train"], means["test"]),
    }
    for name, given in answers.items():
        result[name] = measure_answers(given, labels["test"])
    part = answers["zero-shot"][:PART] == labels["test"][:PART]
    result[f"zero-shot, first {PART}"] = round(part.float().mean().item(), 4)
    return result


def main() -> None:
    """Measure, and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flickr8k", type=Path, help="folder with its Parquet files")
    parser.add_argument("--cifar10", type=Path, help="folder with its Parquet files")
    parser.add_argument("--out", type=Path, default=HERE / "uses.json")
    arguments = parser.parse_args()
    weights, encoder = course_weights(HERE.name), PhotographEncoder()
    model, tokenizer = LockedCLIP.load(weights), Tokenizer.load(weights)
    try:
        train, test = (
            Flickr8k(split, arguments.flickr8k) for split in ("train", "test")
        )
        tiny = {split: cifar10(split, arguments.cifar10) for split in ("train", "test")}
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    classes = measure_classes(model, tokenizer, encoder, tiny)
    maps = photograph_features(encoder, test.files)
    shrunk = [open_image(file).resize((SMALL, SMALL)) for file in test.files]
    small_maps = photograph_features(encoder, list(map(png, shrunk)))
    captions = [text for own in train.captions for text in own]
    texts = embed_texts(model, tokenizer, list(SEARCHES))
    result = {
        "captions": len(captions),
        "captions with the word": {
            name: sum(has_word(text, name) for text in captions)
            for name in (*NAMES, *OTHER_WORDS)
        },
        "search": measure_search(embed_maps(model, maps), texts, test.captions),
        "first": FIRST,
        "retrieval": measure_photographs(model, tokenizer, maps, test.captions),
        "retrieval, shrunk": measure_photographs(
            model, tokenizer, small_maps, test.captions
        ),
        "small": SMALL,
        "CIFAR-10": classes,
        "measured_on": device_name(),
        "command": f"python checkpoints/{HERE.name}/uses.py",
    }
    text = json.dumps(result, indent=2) + "\n"
    arguments.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
