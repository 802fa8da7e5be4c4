"""Replace quoted names by the source they stand for.

A code cell tagged `quote` holds dotted names, one a line. The page, the executed cell,
the exported notebook and the tests all get their text from `expand`.
"""

import ast
import difflib
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from myst_nb.core.read import read_myst_markdown_notebook

TAG = "quote"
_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_DOTTED_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")


class QuoteError(Exception):
    """A cell quotes something that can't be shown."""


@dataclass(frozen=True)
class Quotation:
    """The source of one class, function or method."""

    name: str
    module: str
    path: str
    source: str

    def __str__(self) -> str:
        """The cell's text: a comment that names the file, then the source."""
        return f"# {self.path}\n{self.source}"


def quote(name: str, root: Path) -> Quotation:
    """Find the source of a dotted name without importing it.

    Args:
        name: such as `multimodal.vit.ViT` or `multimodal.vit.ViT.from_transformers`.
        root: the folder that holds the project's packages.
    Raises:
        QuoteError: the name is no class, function or method of the project.
    """
    if not _DOTTED_NAME.fullmatch(name):
        raise QuoteError(
            f"`{name}` is not a dotted name such as `multimodal.vit.PatchEmbedding`; "
            "a quote cell holds names only, one a line"
        )
    module, path, parts = _locate(name, root)
    shown = path.relative_to(root).as_posix()
    if not parts:
        raise QuoteError(
            f"`{name}` is a whole module ({shown}); quote a class or function of it"
        )
    text = path.read_text(encoding="utf-8")
    try:
        scope: ast.AST = ast.parse(text)
    except SyntaxError as error:
        raise QuoteError(
            f"`{name}`: {shown} can't be read as Python: "
            f"line {error.lineno}, {error.msg}"
        ) from error
    owner = module
    for part in parts:
        scope = _member(scope, part, owner, name, shown)
        owner = f"{owner}.{part}"
    first = min([scope.lineno, *(d.lineno for d in scope.decorator_list)])
    lines = text.splitlines()[first - 1 : scope.end_lineno]
    return Quotation(name, module, shown, textwrap.dedent("\n".join(lines)))


def _locate(name: str, root: Path) -> tuple[str, Path, list[str]]:
    """Split a name into its module, that module's file, and what is left."""
    parts = name.split(".")
    if not (root / parts[0] / "__init__.py").is_file():
        packages = sorted(p.parent.name for p in root.glob("*/__init__.py"))
        raise QuoteError(
            f"`{name}` is not of this project: there is no package `{parts[0]}` here "
            f"(the packages are {', '.join(packages) or 'none'})"
        )
    path, folder, depth = root / parts[0] / "__init__.py", root / parts[0], 1
    while depth < len(parts):
        if (folder / parts[depth] / "__init__.py").is_file():
            folder = folder / parts[depth]
            path = folder / "__init__.py"
        elif (folder / f"{parts[depth]}.py").is_file():
            path = folder / f"{parts[depth]}.py"
            depth += 1
            break
        else:
            break
        depth += 1
    return ".".join(parts[:depth]), path, parts[depth:]


def _member(scope: ast.AST, part: str, owner: str, name: str, shown: str) -> ast.AST:
    """The definition called `part` in a module or class, or an error that explains."""
    # the last definition wins, as it does in Python
    definitions = {
        node.name: node for node in scope.body if isinstance(node, _DEFINITIONS)
    }
    if isinstance(scope, (ast.Module, ast.ClassDef)) and part in definitions:
        return definitions[part]
    for node in scope.body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if part == (alias.asname or alias.name):
                    raise QuoteError(
                        f"`{name}`: {shown} only imports `{part}`, from "
                        f"`{'.' * node.level}{node.module or ''}`; quote it from there"
                    )
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        if any(isinstance(t, ast.Name) and t.id == part for t in targets):
            raise QuoteError(
                f"`{name}` is a value, not a class or function; "
                "show values in a cell of their own"
            )
    near = difflib.get_close_matches(part, definitions, n=1, cutoff=0.5)
    hint = f"; did you mean `{owner}.{near[0]}`?" if near else ""
    raise QuoteError(f"`{name}`: there is no `{part}` in `{owner}` ({shown}){hint}")


def expand(text: str, root: Path, chapter: str) -> str:
    """Replace every quote cell of a chapter's text by the source it names.

    Args:
        text: a MyST notebook.
        root: the folder that holds the project's packages.
        chapter: what an error calls this text, for example its file name.
    Raises:
        QuoteError: with the chapter, the cell's number and line, and the name.
    """
    lines = text.split("\n")
    # from the last cell to the first, so that earlier positions stay right
    for number, start, end, names in reversed(_quote_cells(text)):
        try:
            if not names:
                raise QuoteError("the quote cell is empty; it needs a dotted name")
            quotations = [str(quote(name, root)) for name in names]
        except QuoteError as error:
            raise QuoteError(
                f"{chapter}, cell {number} (line {start + 1}): {error}"
            ) from error
        lines[start:end] = "\n\n\n".join(quotations).split("\n")
    return "\n".join(lines)


def quoted_names(text: str) -> list[str]:
    """The dotted names that a chapter quotes, in its order."""
    return [name for *_, names in _quote_cells(text) for name in names]


def _quote_cells(text: str) -> list[tuple[int, int, int, list[str]]]:
    """Each quote cell: its number, the lines of its body `[start, end)`, its names."""
    notebook = read_myst_markdown_notebook(text, add_source_map=True)
    lines = text.split("\n")
    found = []
    for number, (cell, start) in enumerate(
        zip(notebook.cells, notebook.metadata["source_map"], strict=True), start=1
    ):
        if cell.cell_type != "code" or TAG not in cell.metadata.get("tags", []):
            continue
        fence = re.match(r"\s*(`{3,}|~{3,}|:{3,})", lines[start - 1]).group(1)
        end = start
        while end < len(lines) and not re.fullmatch(
            rf"\s*{re.escape(fence[0])}{{{len(fence)},}}\s*", lines[end]
        ):
            end += 1
        names = [line.strip() for line in cell.source.split("\n") if line.strip()]
        # the body is the end of the fence; before it stand the cell's options
        body = start
        if names:
            body = next(i for i in range(start, end) if lines[i].strip() == names[0])
        found.append((number, body, end, names))
    return found
