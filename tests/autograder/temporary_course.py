"""Courses in temporary folders, with work handed in."""

import shutil
from pathlib import Path

import nbformat

from autograder.course import CONFIGURATION, Course

ROOT = Path(__file__).parents[2]
FIXTURES = Path(__file__).parent / "fixtures"
RIGHT = {
    "double": "def double(number):\n    return 2 * number",
    "reverse": "def reverse(items):\n    return items[::-1]",
    "written-four": "Because multiplication is associative.",
}


def make_course(folder: Path, solutions: Path, *assignments: str) -> Course:
    """Set up a course with some of the assignments in `solutions`, not released."""
    for name in assignments:
        shutil.copytree(
            solutions / name,
            folder / "solutions" / name,
            ignore=shutil.ignore_patterns("*.ipynb"),
        )
    root = folder / "autograder"
    root.mkdir(parents=True)
    shutil.copy(ROOT / "autograder" / CONFIGURATION, root)
    return Course.open(root)


def hand_in(opened: Course, assignment: str, student: str, answers: dict) -> Path:
    """Write a submission: the exercise with the text of some cells replaced."""
    exercise = opened.folder("release", assignment) / f"{assignment}.ipynb"
    notebook = nbformat.read(exercise, as_version=4)
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    path = opened.folder("submitted", assignment, student) / f"{assignment}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path
