"""The panel of the page about search, whose cell the build doesn't run."""

from pathlib import Path

import ipywidgets as widgets
import torch
from myst_nb.core.read import read_myst_markdown_notebook
from PIL import Image

from multimodal.panel import Picture, SearchIndex, search_panel

CHAPTER = Path(__file__).parents[2] / "chapters" / "04c-search.md"


def test_the_cell_that_the_build_leaves_out_shows_a_panel_that_answers():
    cells = read_myst_markdown_notebook(CHAPTER.read_text(encoding="utf-8")).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    (left_out,) = (c for c in code if "skip-execution" in c.metadata.get("tags", []))
    others = "\n".join(cell.source for cell in code if cell is not left_out)
    assert "search_panel(" not in others  # a widget's state would be in the page
    assert "respond(index, text=" in others and "respond(index, image=" in others
    picture = Picture(Image.new("RGB", (8, 8)), "black")
    one = torch.ones(1, 2) / 2**0.5
    index = SearchIndex(
        lambda place: picture, one, ["black"], one, lambda image: one[0],
        lambda text: one[0],
    )  # fmt: skip
    panel = eval(left_out.source, {"search_panel": search_panel, "index": index})
    assert isinstance(panel, widgets.VBox)
    queries, result = panel.children
    queries.children[0].value = "black"
    assert 'alt="black"' in result.value
