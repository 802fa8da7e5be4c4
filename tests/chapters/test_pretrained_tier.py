"""The pretrained tier of a chapter: shown where a cache has the model, or a note."""

from pathlib import Path

import torch
from myst_nb.core.read import read_myst_markdown_notebook
from transformers import ViTConfig, ViTForImageClassification
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

from multimodal.photographs import PHOTOGRAPHS, photograph
from multimodal.vit import ViT

ROOT = Path(__file__).parents[2]
NAME = "google/vit-base-patch16-224"


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
