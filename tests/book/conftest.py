"""The real book, built once, and small books to change."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from tiny_book import FILES, ROOT, TinyBook


@pytest.fixture(scope="session", autouse=True)
def at_home() -> Iterator[None]:
    """Build as on a laptop also in a workflow, which may be a fork's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("GITHUB_REPOSITORY", raising=False)
        yield


@pytest.fixture(scope="session")
def built_book(tmp_path_factory) -> Path:
    """The real book's pages, built as `make book` does: strictly, with its cache.

    It is built once: other processes that run tests wait for the first one.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    said = shared / "how-the-book-was-built"
    with FileLock(f"{said}.lock"):
        if not said.exists():
            said.write_text(build_the_book(), encoding="utf-8")
    if error := said.read_text(encoding="utf-8"):
        pytest.fail(f"the book can't be built:\n{error}", pytrace=False)
    return ROOT / "_build" / "html"


def build_the_book() -> str:
    """Build the real book; return the end of what was said if it failed, or nothing."""
    ended = subprocess.run(
        [sys.executable, "-m", "book.build"],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return ended.stdout[-6000:] if ended.returncode else ""


@pytest.fixture(scope="session")
def shared_book(tmp_path_factory) -> TinyBook:
    """A small book that is built; use `tiny_book` to change it."""
    book = TinyBook.make(tmp_path_factory.mktemp("tiny") / "project", FILES)
    assert book.build()
    assert book.executed() == ["one", "two"]
    return book


@pytest.fixture
def tiny_book(shared_book: TinyBook) -> TinyBook:
    """A small book, built from its first state, for a test to change and build."""
    for name, text in FILES.items():
        if (shared_book.root / name).read_text(encoding="utf-8") != text:
            shared_book.write(name, text)
    assert shared_book.build()
    return shared_book
