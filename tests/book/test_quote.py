"""An author quotes code by its name, and gets that code or a sentence that helps."""

import inspect
import textwrap
from pathlib import Path

import nbformat
import pytest
from test_pages import chapters
from tiny_book import FRONT, ROOT, read_page

from book.extension.quote import QuoteError, expand, quote, quoted_names

MODULE = '''\
"""Shapes."""

from functools import cache
from math import pi as PI

SIDES = 4
LIMIT: int = 9


@cache
@staticmethod
def area(radius: float) -> float:
    """The area of a circle."""
    return PI * radius**2


class Square:
    """A square."""

    kind = "flat"

    def __init__(self, side):
        self.side = side

    @property
    def area(self):
        """Its area."""
        text = """
not indented
"""
        return self.side**2, text

    class Corner:
        """One of four."""

        async def turn(self):
            """Turn."""


def area_twice():  # defined again below
    return 1


def area_twice():
    return 2
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shapes" / "solid").mkdir(parents=True)
    (tmp_path / "shapes" / "__init__.py").write_text("from shapes.flat import Square\n")
    (tmp_path / "shapes" / "flat.py").write_text(MODULE)
    (tmp_path / "shapes" / "solid" / "__init__.py").write_text("def cube(): ...\n")
    (tmp_path / "shapes" / "broken.py").write_text("def f(:\n")
    return tmp_path


def test_a_function_comes_with_its_decorators_and_its_file(project):
    assert str(quote("shapes.flat.area", project)) == (
        "# shapes/flat.py\n@cache\n@staticmethod\n"
        "def area(radius: float) -> float:\n"
        '    """The area of a circle."""\n'
        "    return PI * radius**2"
    )


def test_a_member_is_shown_at_the_margin_and_runs(project):
    corner = quote("shapes.flat.Square.Corner", project).source
    assert corner.startswith("class Corner:\n    ")
    turn = quote("shapes.flat.Square.Corner.turn", project).source
    assert turn.startswith("async def turn(self):\n")
    for source in (corner, turn):
        compile(source, "cell", "exec")


def test_the_last_definition_is_quoted_as_python_would_run_it(project):
    assert "return 2" in quote("shapes.flat.area_twice", project).source


def test_a_package_is_a_module_too(project):
    assert quote("shapes.solid.cube", project).path == "shapes/solid/__init__.py"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("shapes.flat.aera", "did you mean `shapes.flat.area`?"),
        ("shapes.flat.Square.size", "no `size` in `shapes.flat.Square`"),
        ("shapes.flat", "is a whole module"),
        ("shapes.solid", "is a whole module"),
        ("shapes.Square", "only imports `Square`, from `shapes.flat`; quote it from"),
        ("shapes.flat.PI", "only imports `PI`, from `math`"),
        ("shapes.flat.SIDES", "is a value"),
        ("shapes.flat.LIMIT", "is a value"),
        ("shapes.flat.Square.kind", "is a value"),
        ("shapes.flat.area.radius", "there is no `radius`"),
        ("shapes.round.area", "there is no `round` in `shapes`"),
        ("torch.nn.Linear", "there is no package `torch` here"),
        ("shapes.broken.f", "can't be read as Python: line 1"),
        ("Square", "not a dotted name"),
        ("from shapes import flat", "not a dotted name"),
    ],
)
def test_what_cannot_be_quoted_is_explained(project, name, says):
    with pytest.raises(QuoteError) as error:
        quote(name, project)
    assert f"`{name}`" in str(error.value)
    assert says in str(error.value)


def chapter(*bodies: str, fence: str = "```") -> str:
    cells = [f"{fence}{{code-cell}}\n{body}\n{fence}\n" for body in bodies]
    return FRONT + "# Title\n\nText.\n\n" + "\nMore.\n\n".join(cells)


def test_an_error_names_the_chapter_the_cell_and_the_name(project):
    text = chapter("x = 1", ":tags: [quote]\nshapes.flat.circle")
    with pytest.raises(QuoteError) as error:
        expand(text, project, "chapters/03-shapes.md")
    line = text.split("\n").index("shapes.flat.circle") + 1
    # the title and the text are cell 1
    assert str(error.value).startswith(
        f"chapters/03-shapes.md, cell 4 (line {line}): `shapes.flat.circle`"
    )


def test_an_empty_quote_is_an_error(project):
    with pytest.raises(QuoteError, match="cell 2 .*empty"):
        expand(chapter(":tags: [quote]\n"), project, "a.md")


@pytest.mark.parametrize("fence", ["```", "~~~~"])
def test_only_the_body_of_quote_cells_is_replaced(project, fence):
    text = chapter(
        "shapes.flat.area  # not tagged",
        "---\ntags: [quote, hide-input]\n---\n\nshapes.solid.cube\nshapes.flat.area",
        "x = 1",
        fence=fence,
    )
    expanded = expand(text, project, "a.md")
    source = quote("shapes.flat.area", project)
    assert expanded == text.replace(
        "shapes.solid.cube\nshapes.flat.area",
        f"# shapes/solid/__init__.py\ndef cube(): ...\n\n\n{source}",
    )
    assert quoted_names(text) == ["shapes.solid.cube", "shapes.flat.area"]


@pytest.mark.parametrize("name", chapters())
def test_page_notebook_and_text_show_the_code_that_is_imported(name, built_book):
    """The same source on the page, in the notebook, for tests and in the package."""
    path = ROOT / f"{name}.md"
    names = quoted_names(path.read_text(encoding="utf-8"))
    assert names, "this chapter quotes nothing of the package"
    page = read_page(built_book / "chapters" / f"{path.stem}.html")
    on_page = [cell.get_text() for cell in page.select("div.cell_input pre")]
    notebook = nbformat.read(
        built_book / "notebooks" / "chapters" / f"{path.stem}.ipynb", 4
    )
    in_notebook = [cell.source for cell in notebook.cells]
    expanded = expand(path.read_text(encoding="utf-8"), ROOT, path.name)
    for name in names:
        source = textwrap.dedent(inspect.getsource(imported(name))).rstrip()
        assert source in expanded, name
        assert any(source in text for text in on_page), name
        assert any(source in text for text in in_notebook), name


def imported(name: str) -> object:
    """The object of a dotted name."""
    module, _, rest = name.partition(".")
    found = __import__(module)
    for part in rest.split("."):
        if not hasattr(found, part):
            __import__(f"{found.__name__}.{part}")
        found = getattr(found, part)
    return found
