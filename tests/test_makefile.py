"""The commands work on a new machine, with the wrong Python, and after an interruption.

A stand-in for Python makes the environment, so that nothing is installed.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TARGETS = (
    "help",
    "book",
    "test",
    "serve",
    "notebooks",
    "lab",
    "exercises",
    "lint",
    "clean",
)

# Makes an environment whose Python writes its arguments down, and fails once where a
# file `interrupt` says so, as pip does at Ctrl-C.
PYTHON = """\
#!/bin/sh
if [ "$1" = -c ]; then exec {real} "$@"; fi
if [ "$1 $2" = "-m venv" ]; then
    for folder; do :; done
    rm -rf "$folder"; mkdir -p "$folder/bin"; cp "{inner}" "$folder/bin/python"
fi
"""
INNER = """\
#!/bin/sh
if [ "$1" = -c ]; then exec {real} "$@"; fi
echo "$*" >> {calls}
case "$*" in
    *"$(cat {interrupt} 2>/dev/null || echo nothing)"*) rm {interrupt}; exit 1;;
esac
"""


class Project:
    """The Makefile and what it reads, in a folder of their own."""

    def __init__(self, folder: Path):
        self.root = folder / "a project"
        self.root.mkdir()
        for name in (
            "Makefile",
            "requirements.txt",
            "requirements-no-deps.txt",
            "constraints.txt",
            "pyproject.toml",
        ):
            shutil.copy(ROOT / name, self.root / name)
        self.python = folder / "python"
        self.calls = folder / "calls"
        self.interrupt = folder / "interrupt"
        inner = folder / "inner"
        names = {
            "real": sys.executable,
            "inner": inner,
            "calls": self.calls,
            "interrupt": self.interrupt,
        }
        for path, script in ((self.python, PYTHON), (inner, INNER)):
            path.write_text(script.format(**names))
            path.chmod(0o755)

    @property
    def environment(self) -> Path:
        return self.root / ".venv"

    def make(self, *arguments: str, python: Path | None = None, **environment: str):
        ended = subprocess.run(
            ["make", f"PYTHON={python or self.python}", *arguments],
            cwd=self.root,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin"} | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if self.calls.exists():
            self.called = self.calls.read_text().splitlines()
            self.calls.unlink()
        else:
            self.called = []
        return ended


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def installs(calls: list[str]) -> list[str]:
    return [re.sub(r"^-m pip install .*?(?=-r|--no-deps)", "", c) for c in calls]


def test_help_is_the_default_and_lists_every_command():
    for command in (["make"], ["make", "help"]):
        printed = subprocess.check_output(command, cwd=ROOT, text=True)
        assert re.findall(r"^  ([a-z]+) ", printed, re.MULTILINE) == list(TARGETS)
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony[1].split() == list(TARGETS)


def test_first_command_installs_and_the_next_does_not(project):
    ended = project.make("book")
    assert ended.returncode == 0, ended.stderr
    assert installs(project.called) == [
        "-r requirements.txt",
        "--no-deps -r requirements-no-deps.txt -e .",
        "-m book.build",
    ]
    project.make("book")
    assert project.called == ["-m book.build"]


def test_changed_pins_are_installed(project):
    project.make(".venv/installed")
    for name in (
        "requirements.txt",
        "requirements-no-deps.txt",
        "constraints.txt",
        "pyproject.toml",
    ):
        later = (project.environment / "installed").stat().st_mtime + 10
        os.utime(project.root / name, (later, later))
        project.make(".venv/installed")
        assert installs(project.called) == [
            "-r requirements.txt",
            "--no-deps -r requirements-no-deps.txt -e .",
        ]
        os.utime(project.environment / "installed", (later, later))


@pytest.mark.parametrize("place", ["-r requirements.txt", "-e .", "book.build"])
def test_what_was_interrupted_is_done_again(project, place):
    project.interrupt.write_text(place)
    ended = project.make("book")
    assert ended.returncode != 0
    assert project.called[-1].endswith(place)
    assert (project.environment / "installed").exists() == (place == "book.build")
    ended = project.make("book")
    assert ended.returncode == 0, ended.stderr
    assert project.called[-1] == "-m book.build"
    assert "Making .venv" not in ended.stdout  # what is there is used


def test_half_an_environment_is_made_again(project):
    (project.environment / "bin").mkdir(parents=True)
    (project.environment / "pyvenv.cfg").touch()
    ended = project.make(".venv/installed")
    assert ended.returncode == 0, ended.stderr
    assert "Making .venv" in ended.stdout


def test_environment_of_an_old_python_is_made_again(project):
    (project.environment / "bin").mkdir(parents=True)
    old = project.environment / "bin" / "python"
    old.write_text('#!/bin/sh\ncase "$*" in *version_info*) exit 1;; esac\n')
    old.chmod(0o755)
    ended = project.make(".venv/installed")
    assert ended.returncode == 0, ended.stderr
    assert "Making .venv" in ended.stdout


def test_missing_python_is_explained(project, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "cat", "rm", "mkdir"):
        (programs / name).symlink_to(shutil.which(name))
    old = programs / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    ended = subprocess.run(
        [shutil.which("make"), "book"],
        cwd=project.root,
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
    )
    assert ended.returncode != 0
    assert "No Python 3.11 or newer was found" in ended.stderr
    assert "PYTHON=/path/to" in ended.stderr
    assert not project.environment.exists()


@pytest.mark.parametrize(
    ("refuses", "message"),
    [("version_info", "is not Python 3.11 or newer"), ("ensurepip", "python3-venv")],
)
def test_unfit_python_is_explained(project, tmp_path, refuses, message):
    unfit = tmp_path / "unfit"
    unfit.write_text(f'#!/bin/sh\ncase "$2" in *{refuses}*) exit 1;; esac\n')
    unfit.chmod(0o755)
    ended = project.make("book", python=unfit)
    assert ended.returncode != 0
    assert message in ended.stderr
    assert not project.environment.exists()


@pytest.mark.parametrize(
    ("target", "last"),
    [
        ("book", "python -m book.build"),
        ("serve", "python -m http.server 8000 --bind 127.0.0.1"),
        ("notebooks", "cp _build/html/notebooks/chapters/"),
        ("lab", "jupyter lab"),
        ("exercises", "autograder release --all"),
        ("test", "python -m pytest"),
    ],
)
def test_command_does_what_help_says(project, target, last):
    project.make(".venv/installed")
    printed = project.make("--dry-run", target).stdout
    assert last in printed
    builds = target in ("book", "serve", "notebooks", "lab")
    assert ("book.build" in printed) == builds
    assert ("ruff check" in printed) == (target == "test")


def test_one_chapter_and_another_port(project):
    project.make(".venv/installed")
    project.make("book", "CHAPTER=01-multimodality")
    assert project.called == ["-m book.build 01-multimodality"]
    assert "server 9999" in project.make("--dry-run", "serve", "PORT=9999").stdout


def test_clean_keeps_the_environment_and_the_exercises(project):
    project.make(".venv/installed")
    (project.root / "_build" / "html").mkdir(parents=True)
    (project.root / "exercises").mkdir()
    assert project.make("clean").returncode == 0
    assert not (project.root / "_build").exists()
    assert (project.environment / "installed").exists()
    assert (project.root / "exercises").exists()
    assert project.make("clean").returncode == 0  # nothing left to remove
