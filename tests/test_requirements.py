"""requirements.txt and constraints.txt are what the project imports and installs.

A missing pin breaks the next person's installation on the day a release changes what it
brings along; a pin that nothing uses is a download for nobody.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import jupytext
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
CODE = ("multimodal", "autograder", "book", "benchmarks", "checkpoints", "tests")
NOTEBOOKS = ("book", "chapters", "solutions")
# pins that no code of ours imports, and the file that uses them instead
USED_BY_FILE = {
    "codespell": ROOT / "Makefile",
    "ruff": ROOT / "Makefile",
    "jupyterlab": ROOT / "Makefile",
    # the progress bars of datasets and transformers warn in a notebook without it
    "ipywidgets": Path(find_spec("tqdm").origin).with_name("notebook.py"),
}
BARE = "requirements-no-deps.txt"  # installed without what its packages ask for
# made by Python itself, or pinned exactly by torch for its builds with CUDA
NOT_OURS = re.compile(r"pip|setuptools|wheel|triton|(nvidia|cuda)-.*")
PLATFORMS = (
    {},
    {"sys_platform": "linux", "platform_system": "Linux"},
    {"sys_platform": "darwin", "platform_system": "Darwin"},
)


@cache
def pins(name: str) -> dict[str, str]:
    """The versions that a file pins; fails at a line that is no exact pin."""
    found = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if not line or line.startswith(("#", "-c ")):
            continue
        match = re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.!+]+)", line)
        assert match, f"{name}: {line!r} is not NAME==VERSION"
        package = canonicalize_name(match[1])
        assert package not in found, f"{name} pins {package} twice"
        found[package] = match[2]
    return found


def imported_modules(code: str) -> Iterator[str]:
    """Top-level names that some code imports, or opens the files of."""
    plain = re.sub(r"^(\s*)[%!].*$", r"\1pass", code, flags=re.MULTILINE)
    for node in ast.walk(ast.parse(plain)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.Call) and node.args:
            function = ast.unparse(node.func).split(".")[-1]
            argument = node.args[0]
            if function in ("files", "find_spec", "importorskip") and isinstance(
                argument, ast.Constant
            ):
                yield argument.value.split(".")[0]


def uses() -> dict[str, str]:
    """Modules from outside that the project needs, each with a file that says so."""
    found: dict[str, str] = {}
    own = set(CODE)
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            own.add(path.stem)
            for module in imported_modules(path.read_text(encoding="utf-8")):
                found.setdefault(module, path.relative_to(ROOT).as_posix())
    for folder in NOTEBOOKS:
        for path in sorted((ROOT / folder).rglob("*.md")):
            for cell in jupytext.read(path, fmt="md:myst").cells:
                if cell.cell_type == "code":
                    for module in imported_modules(cell.source):
                        found.setdefault(module, path.relative_to(ROOT).as_posix())
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    for extension in config["sphinx"]["extra_extensions"]:
        found.setdefault(extension.split(".")[0], "_config.yml")
    return {
        module: path
        for module, path in found.items()
        if module not in sys.stdlib_module_names and module not in own
    }


@cache
def providers() -> dict[str, set[str]]:
    """The installed packages that hold each module."""
    found = {
        module: {canonicalize_name(name) for name in names}
        for module, names in metadata.packages_distributions().items()
    }
    for distribution in metadata.distributions():
        # a folder with a hyphen is no module to Python, but its files are opened
        for file in distribution.files or ():
            if "-" in file.parts[0] and not file.parts[0].endswith(("-info", ".pth")):
                name = canonicalize_name(distribution.metadata["Name"])
                found.setdefault(file.parts[0], set()).add(name)
    return found


def brought_along(names: Iterable[str], platform: dict[str, str]) -> set[str]:
    """Everything that some packages need on a platform, themselves included."""
    found: set[tuple[str, str]] = set()
    waiting = [(canonicalize_name(name), "") for name in names]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in found or NOT_OURS.fullmatch(name):
            continue
        found.add((name, extra))
        try:
            lines = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # of another platform
        for line in lines:
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate(
                {**platform, "extra": extra}
            ):
                other = canonicalize_name(needed.name)
                waiting += [(other, option) for option in ("", *needed.extras)]
    return {name for name, _ in found}


def test_what_is_imported_is_pinned():
    missing = []
    for module, path in uses().items():
        packages = providers().get(module, set())
        if not packages & (set(pins("requirements.txt")) | set(pins(BARE))):
            known = " or ".join(sorted(packages)) or "a package that isn't installed"
            missing.append(f"{path} imports {module}: pin {known}")
    assert not missing, "\n".join(missing)


def test_what_is_pinned_is_used():
    used = {package for module in uses() for package in providers().get(module, ())}
    pinned = set(pins("requirements.txt")) | set(pins(BARE))
    unused = pinned - used - set(USED_BY_FILE)
    assert not unused, f"nothing uses {', '.join(sorted(unused))}"


@pytest.mark.parametrize("package", USED_BY_FILE)
def test_exceptions_are_real(package):
    text = USED_BY_FILE[package].read_text(encoding="utf-8")
    words = {"jupyterlab": "jupyter lab"}
    assert words.get(package, package) in text
    assert package in pins("requirements.txt")


def test_both_files_agree():
    constraints = pins("constraints.txt")
    for package, version in pins("requirements.txt").items():
        assert constraints.get(package) == version, package


def test_what_comes_without_its_dependencies_is_not_brought_along():
    """The other file would install its dependencies; and one version is installed."""
    for package, version in pins(BARE).items():
        assert package not in pins("requirements.txt")
        assert package not in pins("constraints.txt")
        assert metadata.version(package) == version, f"{package}: make .venv/installed"


def test_everything_brought_along_is_constrained():
    for package in sorted(brought_along(pins("requirements.txt"), PLATFORMS[0])):
        installed = Version(metadata.version(package)).public
        pinned = pins("constraints.txt").get(package)
        assert pinned, f"constraints.txt lacks {package}=={installed}"
        assert Version(pinned) == Version(installed), f"{package}: make .venv/installed"


def test_nothing_else_is_constrained():
    needed = set().union(
        *(brought_along(pins("requirements.txt"), p) for p in PLATFORMS)
    )
    extra = set(pins("constraints.txt")) - needed
    assert not extra, f"nothing needs {', '.join(sorted(extra))}"


def test_oldest_python_can_install_everything():
    """Debian 12 has Python 3.11.2; a pin for 3.11.5 would stop its users."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    oldest = project["project"]["requires-python"].removeprefix(">=") + ".0"
    for package in sorted(brought_along(pins("requirements.txt"), PLATFORMS[0])):
        allowed = metadata.metadata(package).get("Requires-Python", "")
        assert SpecifierSet(allowed).contains(oldest), f"{package} needs {allowed}"
