"""A course to work in, and the command line."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from temporary_course import FIXTURES, make_course

from autograder import cli
from autograder.course import Course
from autograder.release import release


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def new_course(tmp_path: Path) -> Course:
    """A course with the assignment `arithmetic`, not released yet."""
    return make_course(tmp_path, FIXTURES / "course" / "solutions", "arithmetic")


@pytest.fixture(scope="session")
def released_once(tmp_path_factory) -> Path:
    """The folder of a course whose assignment is released; to be copied."""
    folder = tmp_path_factory.mktemp("released")
    release(
        make_course(folder, FIXTURES / "course" / "solutions", "arithmetic"),
        "arithmetic",
    )
    return folder


@pytest.fixture
def released(tmp_path: Path, released_once: Path) -> Course:
    """A course whose assignment is released."""
    shutil.copytree(released_once, tmp_path, dirs_exist_ok=True)
    return Course.open(tmp_path / "autograder")


@pytest.fixture
def command(monkeypatch, capfd) -> Iterator[Callable[..., Ended]]:
    """Run the command line as `main` does, and see how it ends."""
    monkeypatch.setattr(cli.console, "_width", 200)

    def run(*arguments: object, course: Path | None = None) -> Ended:
        words = [str(argument) for argument in arguments]
        if course is not None:
            words += ["--course", str(course)]
        monkeypatch.setattr(sys, "argv", ["autograder", *words])
        capfd.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return Ended(code, out, err)

    return run
