"""Pages on photographs publish no photograph of Flickr8k, and run without it."""

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
CAPTIONS = [(f"Caption {number}.", "Another.") for number in range(6)]


def cell(page: Path, words: str) -> str:
    """Give the one code cell of a page that holds some words."""
    notebook = read_myst_markdown_notebook(page.read_text(encoding="utf-8"))
    found = [c.source for c in notebook.cells if c.cell_type == "code"]
    (code,) = (source for source in found if words in source)
    return code


class SmallFlickr8k:
    captions = CAPTIONS

    def __len__(self):
        return len(CAPTIONS)

    def __getitem__(self, number):
        return f"photograph {number}", CAPTIONS[number]


class Writer:
    """A model that writes which photographs it was shown."""

    @staticmethod
    def see(photographs):
        return photographs

    @staticmethod
    def captions(photographs, beams):
        return [f"This is {photograph}" for photograph in photographs]


def run_cell(code: str) -> list:
    """Run a cell that looks at test photographs; give what it draws."""
    drawn = []
    names = {
        "torch": torch,
        "test": SmallFlickr8k(),
        "test_maps": torch.eye(6),
        "course": None,
        "tokenizer": None,
        "embed_maps": lambda model, maps: maps,
        "embed_texts": lambda model, tokenizer, texts: torch.eye(6)[:1],
        "photograph_model": Writer,
        "figures": SimpleNamespace(show_images=drawn.append),
    }
    exec(code, names)
    return drawn


@pytest.mark.parametrize(
    ("page", "said"),
    [(CLIP, "1.00  Caption 0."), (CAPTIONING, "This is photograph 1")],
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
        (STAGE_2, "on_step=on_step"),
        (CAPTIONING, "DRAW = False"),
    ],
)
def test_without_the_data_there_is_a_note(page, words, capsys):
    class Refuses:
        def __getattr__(self, name):
            raise AssertionError(f"{name} is of no use without photographs")

    def recipe(*arguments, **options):
        return None

    source = cell(page, words)
    names = {"test": None, "figures": Refuses(), "Recipe": recipe}
    names |= {"train_split": None, "tokenizer": SimpleNamespace(eos_token_id=0)}
    code = "\n".join(
        line for line in source.splitlines() if not line.startswith("from multimodal")
    )
    exec(code, names)
    assert "Flickr8k" in capsys.readouterr().out
