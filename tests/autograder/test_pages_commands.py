"""Every command on the pages for students and instructors works as it stands.

The blocks of a page run in one shell, in their order, in a home and a clone of their
own. Three things differ from what a person sees: `git` clones from here, `make` runs
dry (installing is not this test's matter), and Jupyter opens no browser and is ended
when its pages have answered.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from temporary_course import ROOT

ASSIGNMENT = "ps2-vision-transformer"
HELPER = Path(__file__).with_name("page_helper.py")
FENCE = re.compile(r"^```(\S*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROJECT = (
    "autograder",
    "benchmarks",
    "exercises",
    "solutions",
    "Makefile",
    "constraints.txt",
    "pyproject.toml",
    "requirements.txt",
    "requirements-no-deps.txt",
    ".gitignore",
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (Path(sys.prefix) / "bin" / "activate").exists(),
        reason="the tests don't run in a virtual environment",
    ),
]


def page(name: str) -> str:
    return (ROOT / "book" / name).read_text(encoding="utf-8")


def repository() -> str:
    return yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]


@pytest.fixture
def shell(tmp_path):
    """Run the blocks of a page; give what it printed."""
    origin, home = tmp_path / "origin", tmp_path / "home"
    origin.mkdir()
    home.mkdir()
    ignored = shutil.ignore_patterns(
        "__pycache__", "submitted", "autograded", "feedback", "gradebook.db*", ".nbg*",
        "grades.csv", "students.csv", ".ipynb_checkpoints", ".release-*",
    )  # fmt: skip
    for name in PROJECT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, origin / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, origin / name)
    (home / ".gitconfig").write_text(
        f'[url "{origin}"]\n    insteadOf = {repository()}.git\n'
        "[user]\n    name = a\n    email = a@example.org\n"
    )
    environment = {
        "HOME": str(home),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "VENV": sys.prefix,
        "HELPER": str(HELPER),
    }
    git = "git init --quiet . && git add . && git commit --quiet -m everything"
    subprocess.run(git, shell=True, cwd=origin, env=environment, check=True)

    def run(text: str, cwd: Path, look_at: list, before: dict[str, str]) -> str:
        script = [
            "set -euo pipefail",
            'make() { command make --dry-run "$@"; }',
            'jupyter() { python "$HELPER" jupyter "$@"; }',
        ]
        for language, block in FENCE.findall(text):
            assert language == "bash", f"a block that nobody runs:\n{block}"
            script += [line for key, line in before.items() if key in block]
            script += [f"echo '$$$' {json.dumps(block)} >/dev/null", block]
        ended = subprocess.run(
            ["bash", "-x", "-c", "\n".join(script)],
            cwd=cwd,
            env=environment | {"LOOK_AT": json.dumps(look_at)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert ended.returncode == 0, ended.stdout[-6000:]
        return ended.stdout

    run.home, run.origin, run.environment = home, origin, environment
    return run


def test_students_page(shell):
    text = page("students.md")
    assert f"git clone {repository()}.git" in text
    notebook = f"my-work/{ASSIGNMENT}.ipynb"
    printed = shell(
        text,
        cwd=shell.home,
        look_at=[
            ["/lab", "JupyterLab"],
            [f"/api/contents/{ASSIGNMENT}.ipynb?content=0", '"writable": true'],
        ],
        before={
            "make .venv/installed": 'ln -s "$VENV" .venv',
            "autograder check": f'python "$HELPER" solve {notebook}',
        },
    )
    assert "30 of 30 points in the visible tests" in printed
    assert "Not answered yet" not in printed


def test_instructors_page(shell):
    clone = shell.home / "clone"
    shutil.copytree(shell.origin, clone)
    (clone / ".venv").symlink_to(sys.prefix)
    (shell.home / "students.csv").write_text(
        "id,first_name,last_name,email\nada,Ada,Lovelace,ada@example.org\n"
        "grace,Grace,Hopper,grace@example.org\n"
    )
    work = shell.home / "Downloads" / "ada.ipynb"
    work.parent.mkdir()
    solved = work.with_name(f"{ASSIGNMENT}.ipynb")
    shutil.copy(clone / "exercises" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", solved)
    subprocess.run(
        [sys.executable, HELPER, "solve", solved],
        cwd=clone,
        env={**os.environ, "HOME": str(shell.home)},
        check=True,
    )
    solved.rename(work)
    printed = shell(
        page("instructors.md"),
        cwd=clone,
        look_at=[
            ["/formgrader", "Manage Assignments"],
            ["/formgrader/gradebook", "Manual Grading"],
            [f"/formgrader/api/submissions/{ASSIGNMENT}", '"student": "ada"'],
        ],
        before={},
    )
    assert "ada: 30 of 35, needs a grade by hand" in printed
    page_of_ada = clone / "autograder" / "feedback" / "ada" / ASSIGNMENT
    assert (page_of_ada / f"{ASSIGNMENT}.html").is_file()
    with (clone / "autograder" / "grades.csv").open(newline="") as file:
        rows = {
            row["student_id"]: row
            for row in csv.DictReader(file)
            if row["assignment"] == ASSIGNMENT
        }
    assert rows["ada"]["last_name"] == "Lovelace"
    assert rows["ada"]["status"] == "needs manual grade"
    assert rows["grace"]["status"] == "not submitted"
    released = shell.home / "my-course" / "exercises" / ASSIGNMENT
    assert (released / f"{ASSIGNMENT}.ipynb").is_file()


@pytest.mark.parametrize("name", ["students.md", "instructors.md"])
def test_commands_within_sentences_exist(name):
    text = FENCE.sub("", page(name))
    for target in re.findall(r"`make ([a-z]+)`", text):
        command = ["make", "--dry-run", target]
        assert subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 0
    for option in re.findall(r"`(--[a-z]+)[ `]", text):
        cli = (ROOT / "autograder" / "cli.py").read_text()
        assert f'"{option}"' in cli or f"\n    {option[2:]}: Annotated" in cli, option
