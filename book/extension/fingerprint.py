"""What a chapter's outputs depend on beside its own text, as one hash.

The execution cache knows a notebook by its code cells only. The fingerprint becomes one
of them, so that outputs are never older than the package's code, the pins, the course
weights or the machine's device that made them.
"""

import ast
import hashlib
import os
import platform
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from myst_nb.core.read import read_myst_markdown_notebook

from book.extension.quote import expand

TAGS = ["remove-cell", "fingerprint"]
PINS = ("requirements.txt", "requirements-no-deps.txt", "constraints.txt")
_HUB_NAME = re.compile(r"""["']([\w.-]+/[\w.-]+)["']""")


def add_fingerprint(text: str, value: str) -> str:
    """Append a fingerprint to a chapter as its last cell, which no page shows."""
    cell = f"```{{code-cell}}\n:tags: [{', '.join(TAGS)}]\n# {value}\n```"
    return f"{text.rstrip()}\n\n{cell}\n"


def fingerprint(text: str, root: Path, chapter: str) -> str:
    """Hash everything but the chapter's own cells that its outputs depend on.

    Args:
        text: the chapter as its author wrote it.
        root: the folder of the project.
        chapter: what an error calls this text.
    Raises:
        QuoteError: the chapter quotes something that can't be shown.
    """
    digest = hashlib.sha256()
    for part in dependencies(text, root, chapter):
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()


def dependencies(text: str, root: Path, chapter: str) -> Iterator[str]:
    """Name each thing that the chapter depends on, with its present state."""
    yield f"python {platform.python_version()} {platform.machine()} {device()}"
    files = modules_used(expand(text, root, chapter), root)
    files += [root / name for name in PINS if (root / name).is_file()]
    words = text + "".join(path.read_text(encoding="utf-8") for path in files)
    for folder in sorted((root / "checkpoints").glob("*/")):
        if re.search(rf"(?<![\w-]){re.escape(folder.name)}(?![\w-])", words):
            files += sorted(p for p in folder.rglob("*") if p.is_file())
    packages = {path.relative_to(root).parts[0] for path in files} - {*PINS}
    for package in sorted(packages - {"checkpoints"}):
        files += sorted(
            p
            for p in (root / package).rglob("*")
            if p.is_file() and p.suffix not in (".py", ".pyc")
        )
    for path in files:
        yield f"{path.relative_to(root).as_posix()} {_file_hash(path, _state(path))}"
    for name in sorted({*_HUB_NAME.findall(words)}):
        if _in_hub_cache(name):
            yield f"hub {name}"


def modules_used(text: str, root: Path) -> list[Path]:
    """The project's files that a notebook imports, directly or through others."""
    found: dict[Path, None] = {}
    waiting = []
    for cell in read_myst_markdown_notebook(text).cells:
        if cell.cell_type == "code":
            waiting += _imports(cell.source, "", root)
    # a quoted object brings its module's file along
    waiting += [root / path for path in re.findall(r"^# (\S+\.py)$", text, re.M)]
    while waiting:
        path = waiting.pop()
        if path in found or not path.is_file():
            continue
        found[path] = None
        package = ".".join(path.relative_to(root).parent.parts)
        waiting += _imports(path.read_text(encoding="utf-8"), package, root)
    return sorted(found)


def device() -> str:
    """The kind of device that torch would find, without the seconds to import torch."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES", "all") in ("", "-1")
    nvidia = any(Path(p).exists() for p in ("/proc/driver/nvidia/version", "/dev/dxg"))
    if nvidia and not hidden:
        return "cuda"
    return "mps" if (sys.platform, platform.machine()) == ("darwin", "arm64") else "cpu"


def _imports(code: str, package: str, root: Path) -> list[Path]:
    """Files of the project that some code imports; `package` resolves `from .x`."""
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a cell with magics: keep the lines that are Python
        lines = re.findall(r"^\s*((?:import|from)\s.+)$", code, re.M)
        tree = ast.parse("\n".join(line for line in lines if _parses(line)))
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parent = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parent, base] if base else parent)
            names += [f"{base}.{alias.name}" for alias in node.names] + [base]
    return [path for name in names for path in _files(name, root)]


def _parses(line: str) -> bool:
    try:
        ast.parse(line)
    except SyntaxError:
        return False
    return True


def _files(name: str, root: Path) -> list[Path]:
    """The files that importing a dotted name runs, as far as they are the project's."""
    parts = name.split(".")
    if not (root / parts[0] / "__init__.py").is_file():
        return []
    candidates = [
        root.joinpath(*parts[:n], "__init__.py") for n in range(1, len(parts) + 1)
    ]
    candidates += [
        root.joinpath(*parts[: n - 1], f"{parts[n - 1]}.py")
        for n in range(2, len(parts) + 1)
    ]
    return [path for path in candidates if path.is_file()]


def _state(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size


@cache
def _file_hash(path: Path, state: tuple[int, int]) -> str:
    """Hash a file once a build, however many chapters depend on it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _in_hub_cache(name: str) -> bool:
    """Whether the hub's cache holds this model or data set (`owner/name`)."""
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    folder = Path(os.environ.get("HF_HUB_CACHE", home / "hub"))
    names = (f"{kind}--{name.replace('/', '--')}" for kind in ("models", "datasets"))
    return any((folder / n / "snapshots").is_dir() for n in names)
