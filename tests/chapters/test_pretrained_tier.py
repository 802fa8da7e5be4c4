"""The pretrained tier of a chapter: shown where a cache has the model, or a note."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from myst_nb.core.read import read_myst_markdown_notebook
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPTokenizer,
    ViTConfig,
    ViTForImageClassification,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

from multimodal import figures
from multimodal.clip import CLIP
from multimodal.photographs import PHOTOGRAPHS, photograph
from multimodal.retrieval import cosine_table
from multimodal.tokenizer import Tokenizer
from multimodal.vit import ViT

ROOT = Path(__file__).parents[2]
NAME = "google/vit-base-patch16-224"
CLIP_NAME = "openai/clip-vit-base-patch32"


def run_cell(chapter: str, words: str, names: dict) -> None:
    """Run the one cell of a chapter that holds some words."""
    text = (ROOT / "chapters" / chapter).read_text(encoding="utf-8")
    cells = read_myst_markdown_notebook(text).cells
    (code,) = (c.source for c in cells if c.cell_type == "code" and words in c.source)
    exec(code, names)


def show_pretrained_vit() -> None:
    names = {"ViT": ViT, "photograph": photograph, "torch": torch}
    run_cell("02-transformers-for-vision.md", "Pretrained model", names)


def test_photographs_are_classified_where_the_cache_has_the_model(
    hub_cache, tmp_path, capsys
):
    torch.manual_seed(0)
    labels = dict(enumerate(("tabby", "tench", "espresso", "missile", "lemon")))
    sizes = {"image_size": 32, "patch_size": 16, "hidden_size": 16}
    sizes |= {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    config = ViTConfig(**sizes, num_labels=len(labels), id2label=labels)
    ViTForImageClassification(config).save_pretrained(tmp_path / "tiny")
    ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(
        tmp_path / "tiny"
    )
    hub_cache(NAME, tmp_path / "tiny")
    show_pretrained_vit()
    first, *rows = capsys.readouterr().out.strip().split("\n")
    assert first == f"Pretrained model: {NAME}"
    assert [row.split()[0] for row in rows] == list(PHOTOGRAPHS)
    assert all(sum(label in row for label in labels.values()) == 3 for row in rows)


def test_without_it_there_is_a_note(hub_cache, capsys):
    show_pretrained_vit()
    printed = capsys.readouterr().out
    assert "neither in the cache" in printed and "Run this cell" in printed


@pytest.fixture
def show_pretrained_clip():
    """Run the cells of chapter 4's section; it gives the figures that they drew."""
    plt.switch_backend("agg")

    def show() -> list[plt.Figure]:
        names = {"CLIP": CLIP, "Tokenizer": Tokenizer, "figures": figures}
        names |= {"cosine_table": cosine_table}
        for words in ("Pretrained model", "show_similarities(table", "a puppy"):
            run_cell("04-clip.md", words, names)
        return [plt.figure(number) for number in plt.get_fignums()]

    yield show
    plt.close("all")


def save_tiny_clip(folder: Path) -> tuple[CLIPModel, CLIPImageProcessorPil]:
    """Write a small CLIP with random weights, as the hub would hold it."""
    torch.manual_seed(1)  # tells the test photographs and captions apart
    letters = Tokenizer.learn(["a photo of pictures"], merges=8)
    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    small |= {"intermediate_size": 32, "initializer_range": 1.0}
    text = {"vocab_size": len(letters), "eos_token_id": letters.end_id}
    config = CLIPConfig(
        text_config=small | text,
        vision_config=small | {"image_size": 32, "patch_size": 16},
        projection_dim=16,
    )
    sizes = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    model, processor = CLIPModel(config).eval(), CLIPImageProcessorPil(**sizes)
    for parameter in model.parameters():  # or its cosines would all be alike
        torch.nn.init.normal_(parameter)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    (folder / "vocab.json").write_text(json.dumps(letters.vocabulary))
    lines = ["#version: 0.2", *(" ".join(pair) for pair in letters.merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n")
    return model, processor


def published_cosines(folder: Path, images: list, texts: list) -> np.ndarray:
    """What transformers makes of the same files, a row for each image."""
    model, processor = save_tiny_clip(folder)
    files = (str(folder / "vocab.json"), str(folder / "merges.txt"))
    ids = CLIPTokenizer(*files)(texts, padding=True, return_tensors="pt")
    pixels = processor(images, return_tensors="pt").pixel_values
    with torch.no_grad():
        logits = model(pixel_values=pixels, **ids).logits_per_image
    return (logits / model.logit_scale.exp()).detach().numpy()


def test_clip_compares_three_photographs_with_three_captions(
    hub_cache, tmp_path, capsys, show_pretrained_clip, read_similarities
):
    """Each cosine stands beside its photograph and beneath its caption."""
    three = [photograph(name) for name in ("cat", "coffee", "rocket")]
    texts = ["a photo of a cat", "a cup of coffee", "a rocket on its launch pad"]
    expected = published_cosines(tmp_path / "tiny", three, texts)
    assert (
        np.abs(expected - expected.T).max() > 0.05
    )  # not the same the other way round
    hub_cache(CLIP_NAME, tmp_path / "tiny")
    (figure,) = show_pretrained_clip()
    seen, captions, numbers = read_similarities(figure)
    assert captions == texts
    for thumbnail, image in zip(seen, three, strict=True):
        assert np.array_equal(thumbnail, np.asarray(image))
    assert numbers == pytest.approx(expected, abs=0.006)
    assert f"Pretrained model: {CLIP_NAME}\n" in capsys.readouterr().out


def test_clip_ranks_the_photographs_for_a_puppy(
    hub_cache, tmp_path, capsys, show_pretrained_clip
):
    images = [photograph(name) for name in PHOTOGRAPHS]
    cosines = published_cosines(tmp_path / "tiny", images, ["pictures of a puppy"])
    hub_cache(CLIP_NAME, tmp_path / "tiny")
    show_pretrained_clip()
    _, ranking = capsys.readouterr().out.split("nearest to 'pictures of a puppy':\n")
    what = [shows for _, shows in PHOTOGRAPHS.values()]
    order = (-cosines[:, 0]).argsort()
    expected = [f"{cosines[place, 0]:.3f}  {what[place]}" for place in order]
    assert ranking.splitlines() == expected


def test_without_clip_there_is_a_note_and_no_figure(
    hub_cache, capsys, show_pretrained_clip
):
    assert show_pretrained_clip() == []
    printed = capsys.readouterr().out
    assert "neither in the cache" in printed and "nearest" not in printed
