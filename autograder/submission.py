"""Read a notebook of an assignment, and tell its tasks and tests apart."""

import json
import warnings
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum, is_grade, is_solution

from autograder.course import CourseError


def read_submission(path: Path) -> NotebookNode:
    """Read a notebook that a student worked on.

    Raises:
        CourseError: there is no such file, it is not a notebook, or not one of an
            assignment.
    """
    if not path.is_file():
        raise CourseError(f"there is no notebook {path}.")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        require_cells(data)
        clear_outputs(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ids that are missing or there twice
            notebook = nbformat.reads(json.dumps(data), as_version=4)
    except (ValueError, OSError, RecursionError) as error:
        raise CourseError(
            f"{path} is not a notebook: {error}. Open and save it in Jupyter, or start "
            "again from the exercise."
        ) from error
    if not find_tests(notebook) or not find_tasks(notebook):
        raise CourseError(
            f"{path} is not the notebook of an assignment: it has no task with tests. "
            "Work in a copy of the notebook from exercises/."
        )
    return notebook


def require_cells(notebook: object) -> None:
    """Raise a `ValueError` unless a notebook's JSON has the parts that are read here.

    Less strict than the notebook format's schema on purpose: some editors add fields
    of their own, and that is no reason to refuse a student's work.
    """
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or notebook.get("nbformat") != 4:
        raise ValueError("it has no cells of format 4")
    if not isinstance(notebook.get("metadata"), dict):
        raise ValueError("it has no metadata")
    if not isinstance(notebook.get("nbformat_minor"), int):
        raise ValueError("it names no version of its format")
    for number, cell in enumerate(cells, start=1):
        if (
            not isinstance(cell, dict)
            or cell.get("cell_type") not in ("code", "markdown", "raw")
            or not all(isinstance(line, str) for line in source_lines(cell))
            or not isinstance(cell.get("metadata"), dict)
            or not isinstance(cell.get("id", ""), str)
        ):
            raise ValueError(f"cell {number} is damaged")
        graded = cell["metadata"].get("nbgrader", {})
        if not isinstance(graded, dict) or (
            graded and not isinstance(graded.get("grade_id"), str)
        ):
            raise ValueError(f"cell {number} has lost its grade_id")
        if graded.get("grade") and not isinstance(graded.get("points"), int | float):
            raise ValueError(f"cell {number} has lost its points")


def source_lines(cell: dict) -> list:
    """List the lines of a cell's text, which may be stored in one piece."""
    source = cell.get("source")
    return source if isinstance(source, list) else [source]


def clear_outputs(notebook: dict) -> None:
    """Drop what a notebook's JSON holds of an earlier run: it may be anything."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None


def find_tasks(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """Map the name of each task to the cell where it is to be answered."""
    return {grade_id(cell): cell for cell in notebook.cells if is_solution(cell)}


def find_tests(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """Map the name of each test, which scores by itself, to its cell."""
    return {
        grade_id(cell): cell
        for cell in notebook.cells
        if is_grade(cell) and not is_solution(cell) and cell.cell_type == "code"
    }


def task_of(test: str, tasks: list[str]) -> str:
    """Name the task that a test belongs to: `patchify` for `patchify-values`."""
    owners = [task for task in tasks if test.startswith(f"{task}-")]
    return max(owners, key=len, default=test)


def is_changed(cell: NotebookNode) -> bool:
    """Tell whether a graded cell differs from the one that was handed out."""
    return cell.metadata.nbgrader.get("checksum") != compute_checksum(cell)


def grade_id(cell: NotebookNode) -> str:
    """Name a graded cell as nbgrader does."""
    return cell.metadata.nbgrader["grade_id"]
