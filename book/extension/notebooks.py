"""Write each chapter as a notebook that runs by itself, and exercises as they are.

What only the book understands is turned into what every notebook shows: see
`book.extension.markdown` for the prose. The code loses its book-only lines (`glue`) and
the cells that no page shows, unless a later cell needs what they define; and a first
cell installs what is missing, on Colab or Binder as at home.
"""

import ast
import importlib.metadata
import json
import re
import shutil
import textwrap
from pathlib import Path

import nbformat
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from book.extension.fingerprint import PINS, modules_used
from book.extension.markdown import Book, flatten
from book.extension.quote import expand

LOGGER = logging.getLogger(__name__)
FOLDER = "notebooks"
_HIDDEN_INPUT = {"hide-input", "hide-cell", "remove-input"}


def notebook_path(env: BuildEnvironment, docname: str) -> str | None:
    """Where a page's notebook is within the site; None for a page without one."""
    if docname not in env.found_docs or docname.split("/")[0] == "book":
        return None
    source = Path(env.doc2path(docname))
    if source.suffix == ".ipynb" or (
        source.suffix == ".md"
        and is_myst_markdown_notebook(source.read_text(encoding="utf-8"))
    ):
        return f"{FOLDER}/{docname}.ipynb"
    return None


def write_notebooks(app: Sphinx, exception: Exception | None) -> None:
    """Write every page's notebook into the finished site."""
    if exception or app.builder.format != "html":
        return
    root = Path(app.srcdir)
    for docname in sorted(app.env.found_docs):
        path = notebook_path(app.env, docname)
        if path is None:
            continue
        target = Path(app.outdir, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        source = Path(app.env.doc2path(docname))
        if source.suffix == ".ipynb":
            shutil.copyfile(source, target)
            continue
        book = Book(app, docname)
        notebook = export(source.read_text(encoding="utf-8"), root, book)
        nbformat.validate(notebook)
        target.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    # Binder makes its environment from these
    binder = Path(app.outdir, ".binder")
    binder.mkdir(exist_ok=True)
    for name in PINS:
        if (root / name).is_file():
            shutil.copyfile(root / name, binder / name)
    (binder / "runtime.txt").write_text("python-3.11\n")


def export(text: str, root: Path, book: Book) -> nbformat.NotebookNode:
    """Turn a chapter's text into a notebook.

    Args:
        text: the MyST notebook, quotes not yet expanded.
        root: the folder of the project.
        book: what the finished build knows: numbers, titles, addresses.
    """
    text = expand(text, root, book.docname)
    source = read_myst_markdown_notebook(text)
    cells = [install_cell(text, root, book)]
    code = [_without_glue(c.source) for c in source.cells if c.cell_type == "code"]
    position = -1
    for cell in source.cells:
        if cell.cell_type == "markdown":
            prose = flatten(cell.source, book)
            if prose:
                cells.append(nbformat.v4.new_markdown_cell(prose))
            continue
        position += 1
        tags = set(cell.metadata.get("tags", []))
        if not code[position].strip():
            continue
        if "remove-cell" in tags and not _needed(code, position):
            continue
        metadata = {}
        if tags & _HIDDEN_INPUT:
            metadata["jupyter"] = {"source_hidden": True}
        if "raises-exception" in tags:
            metadata["tags"] = ["raises-exception"]
        cells.append(nbformat.v4.new_code_cell(code[position], metadata=metadata))
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        if "caption" in figure:
            number = book.number(str(figure.get("name", "")))
            caption = flatten(str(figure["caption"]), book)
            label = f"**{number}.** " if number else ""
            cells.append(nbformat.v4.new_markdown_cell(label + caption))
    for index, cell in enumerate(cells):
        cell["id"] = f"{book.docname.split('/')[-1][:50]}-{index}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(
        cells=cells,
        metadata={"kernelspec": kernel, "language_info": {"name": "python"}},
    )


def install_cell(text: str, root: Path, book: Book) -> nbformat.NotebookNode:
    """The first cell: fetch the project and what it needs, where they are missing."""
    packages = _packages(text, root)
    pins, bare_pins = needed_pins(text, root)
    code = f'''\
        # The notebook of {book.page_url(book.docname)}
        # Where the project is missing (Colab, Binder, Kaggle), this fetches it.
        import importlib.metadata
        import importlib.util
        import subprocess
        import sys
        from pathlib import Path

        project = Path("{book.repository.name}").resolve()
        if any(importlib.util.find_spec(name) is None for name in {packages}):
            if not project.exists():
                git = ["git", "clone", "--depth", "1", "{book.repository.url}"]
                subprocess.run([*git, str(project)], check=True)
            sys.path.insert(0, str(project))
            plain = lambda name: name.lower().replace("_", "-")
            installed = {{plain(d.name) for d in importlib.metadata.distributions()}}
            pip = [sys.executable, "-m", "pip", "install", "--quiet"]
            bare = [*pip, "--no-deps"]  # only the package's own files are used
            for install, pins in [
                (pip, {json.dumps(pins)}),
                (bare, {json.dumps(bare_pins)}),
            ]:
                missing = [p for p in pins if plain(p.split("==")[0]) not in installed]
                if missing:
                    subprocess.run([*install, *missing], check=True)
            importlib.invalidate_caches()'''
    return nbformat.v4.new_code_cell(
        textwrap.dedent(code), metadata={"jupyter": {"source_hidden": True}}
    )


def needed_pins(text: str, root: Path) -> tuple[list[str], list[str]]:
    """The pins of what a chapter and its modules import.

    Returns:
        Lines of `requirements.txt`, and of `requirements-no-deps.txt`.
    """
    imported = set()
    files = [path.read_text(encoding="utf-8") for path in modules_used(text, root)]
    cells = read_myst_markdown_notebook(text).cells
    for code in [*files, *(_without_glue(c.source) for c in cells if _is_code(c))]:
        imported |= {name.split(".")[0] for name in _imported(code)}
    providers = importlib.metadata.packages_distributions()
    wanted = {
        re.sub(r"[-_.]+", "-", distribution).lower()
        for name in imported
        for distribution in providers.get(name, [])
    }
    return tuple(
        [
            line.strip()
            for line in (file.read_text().splitlines() if file.is_file() else [])
            if re.sub(r"[-_.]+", "-", line.split("==")[0].strip()).lower() in wanted
        ]
        for file in (root / "requirements.txt", root / "requirements-no-deps.txt")
    )


def _is_code(cell: nbformat.NotebookNode) -> bool:
    return cell.cell_type == "code"


def _packages(text: str, root: Path) -> list[str]:
    """The project's own packages that a chapter uses."""
    return sorted({p.relative_to(root).parts[0] for p in modules_used(text, root)})


def _imported(code: str) -> set[str]:
    """The modules that some code imports, or reads files of."""
    names = set()
    for node in ast.walk(_parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            # a package that is only opened for its data
            opens = node.func.id in ("files", "find_spec")
            if opens and isinstance(node.args[0], ast.Constant):
                names.add(node.args[0].value)
    return names


def _parse(code: str) -> ast.Module:
    """Parse a cell; lines for IPython (`%` and `!`) count as empty."""
    plain = re.sub(r"^(\s*)[%!].*$", r"\1pass", code, flags=re.M)
    return ast.parse(plain)


def _without_glue(code: str) -> str:
    """Drop the statements that only put numbers into the book's prose."""
    lines = code.split("\n")
    for node in reversed(_parse(code).body):
        imports_glue = (
            isinstance(node, ast.ImportFrom)
            and node.module == "myst_nb"
            and {a.name for a in node.names} == {"glue"}
        )
        glues = (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
            and node.value.func.id == "glue"
        )
        if imports_glue or glues:
            del lines[node.lineno - 1 : node.end_lineno]
    return "\n".join(lines).strip("\n")


def _needed(cells: list[str], position: int) -> bool:
    """Whether a later cell uses a name that this one is the last to define."""
    defined = _names(cells[position], ast.Store)
    for later in cells[position + 1 :]:
        if defined & _names(later, ast.Load):
            return True
        defined -= _names(later, ast.Store)
    return False


def _names(code: str, context: type) -> set[str]:
    """The names that some code reads (`ast.Load`) or binds (`ast.Store`)."""
    names = set()
    for node in ast.walk(_parse(code)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, context):
            names.add(node.id)
        if context is ast.Store:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                names.add(node.name)
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names |= {a.asname or a.name.split(".")[0] for a in node.names}
    return names
