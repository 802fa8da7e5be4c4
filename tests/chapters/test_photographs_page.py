"""The page on photographs publishes no photograph of Flickr8k, and runs without it."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from myst_nb.core.read import read_myst_markdown_notebook

PAGE = Path(__file__).parents[2] / "chapters" / "04f-photographs.md"
CAPTIONS = [(f"Caption {number}.", "Another.") for number in range(6)]


def cell(words: str) -> str:
    """Give the one code cell of the page that holds some words."""
    notebook = read_myst_markdown_notebook(PAGE.read_text(encoding="utf-8"))
    found = [c.source for c in notebook.cells if c.cell_type == "code"]
    (code,) = (source for source in found if words in source)
    return code


class SmallFlickr8k:
    captions = CAPTIONS

    def __getitem__(self, number):
        return f"photograph {number}", CAPTIONS[number]


def run_search(code: str) -> list:
    """Run the cell that searches the test photographs; give what it draws."""
    drawn = []
    names = {
        "torch": torch,
        "test": SmallFlickr8k(),
        "test_maps": torch.eye(6),
        "course": None,
        "tokenizer": None,
        "embed_maps": lambda model, maps: maps,
        "embed_texts": lambda model, tokenizer, texts: torch.eye(6)[:1],
        "figures": SimpleNamespace(show_images=drawn.append),
    }
    exec(code, names)
    return drawn


def test_photographs_of_others_are_drawn_only_for_who_asks(capsys):
    code = cell("DRAW = False")
    assert run_search(code) == []
    assert "1.00  Caption 0." in capsys.readouterr().out
    assert run_search(code.replace("DRAW = False", "DRAW = True"))[0][0] == (
        "photograph 0"
    )


@pytest.mark.parametrize("words", ["DRAW = False", "written = ", "curve = figures"])
def test_without_the_data_there_is_a_note(words, capsys):
    class Refuses:
        def __getattr__(self, name):
            raise AssertionError(f"{name} is of no use without photographs")

    def recipe(*arguments, **options):
        return None

    source = cell(words)
    names = {"test": None, "figures": Refuses(), "Recipe": recipe}
    code = "\n".join(
        line for line in source.splitlines() if not line.startswith("from multimodal")
    )
    exec(code, names)
    assert "Flickr8k" in capsys.readouterr().out
