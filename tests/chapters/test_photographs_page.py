"""Pages on photographs publish no photograph of Flickr8k, and run without it."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from myst_nb.core.read import read_myst_markdown_notebook

CHAPTERS = Path(__file__).parents[2] / "chapters"
CLIP, STAGE_2, CAPTIONING = (
    CHAPTERS / f"{name}.md"
    for name in ("04f-photographs", "05d-photographs", "06-use-cases")
)
CAPTIONS = [(f"Caption {number}.", "Another.") for number in range(1000)]


def cell(page: Path, words: str) -> str:
    """Give the one code cell of a page that holds some words."""
    notebook = read_myst_markdown_notebook(page.read_text(encoding="utf-8"))
    found = [c.source for c in notebook.cells if c.cell_type == "code"]
    (code,) = (source for source in found if words in source)
    return code


class SmallFlickr8k:
    def __init__(self, size: int):
        self.captions = CAPTIONS[:size]
        self.files = [f"photograph {number}" for number in range(size)]

    def __len__(self):
        return len(self.captions)

    def __getitem__(self, number):
        return self.files[number], self.captions[number]


class Writer:
    """A model that writes which photographs it was shown."""

    @staticmethod
    def see(photographs):
        return photographs

    @staticmethod
    def captions(photographs, beams):
        return [f"This is {photograph}" for photograph in photographs]


def without_imports(code: str) -> str:
    """Leave out what a cell imports, so that others can stand for it."""
    lines = code.splitlines()
    return "\n".join(line for line in lines if "import " not in line)


def run_cell(code: str) -> list:
    """Run a cell that looks at test photographs; give what it draws."""
    drawn = []
    names = {
        "torch": torch,
        "test": SmallFlickr8k(6),
        "Flickr8k": lambda split, folder: SmallFlickr8k(1000),
        "open_image": lambda file: file,
        "os": os,
        "test_maps": torch.eye(6),
        "course": None,
        "tokenizer": None,
        "embed_maps": lambda model, maps: maps,
        "embed_texts": lambda model, tokenizer, texts: torch.eye(6)[:1],
        "photograph_model": Writer,
        "figures": SimpleNamespace(
            show_images=lambda images, **_: drawn.append(images)
        ),
    }
    exec(without_imports(code), names)
    return drawn


@pytest.mark.parametrize(
    ("page", "said"),
    [(CLIP, "1.00  Caption 0."), (CAPTIONING, "This is photograph 200")],
)
def test_photographs_of_others_are_drawn_only_for_who_asks(page, said, capsys):
    code = cell(page, "DRAW = False")
    assert run_cell(code) == []
    assert said in capsys.readouterr().out
    (drawn,) = run_cell(code.replace("DRAW = False", "DRAW = True"))[:1]
    assert drawn[0] == "photograph 0"


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (CLIP, "DRAW = False"),
        (CLIP, "written = "),
        (CLIP, "curve = figures"),
        (STAGE_2, 'Flickr8k("train"'),
        (CAPTIONING, "DRAW = False"),
    ],
)
def test_without_the_data_there_is_a_note(page, words, capsys):
    class Refuses:
        def __getattr__(self, name):
            raise AssertionError(f"{name} is of no use without photographs")

    def recipe(*arguments, **options):
        return None

    def missing(split, folder):
        raise OSError("no such data")

    names = {"test": None, "figures": Refuses(), "Recipe": recipe}
    names |= {"Flickr8k": missing, "os": os}
    exec(without_imports(cell(page, words)), names)
    assert "Flickr8k" in capsys.readouterr().out
