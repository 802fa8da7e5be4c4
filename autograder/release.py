"""Make the students' notebook of an assignment from the instructor's text."""

import hashlib
import re
import tempfile
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.utils import is_solution
from traitlets.config import Config

from autograder.course import Course, CourseError, nbgrader_log

BEGIN_SOLUTION, END_SOLUTION = "BEGIN SOLUTION", "END SOLUTION"
BEGIN_HIDDEN, END_HIDDEN = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"
MARKERS = (BEGIN_SOLUTION, END_SOLUTION, "HIDDEN TEST", "MARK SCHEME")


def release(course: Course, assignment: str) -> Path:
    """Generate an assignment's exercise and enter its cells into the gradebook.

    The exercise is put in place in one step at the end: whatever fails, the former one
    stays.

    Args:
        course: the course.
        assignment: the name of a folder in its `solutions/`.

    Returns:
        The students' notebook.

    Raises:
        CourseError: the assignment is unknown, its text is broken, nbgrader refuses
            it, or the exercise would give away a solution or a hidden test.
    """
    source = source_notebook(course, assignment)
    # nbgrader reads a notebook beside the text
    nbformat.write(source, source_text(course, assignment).with_suffix(".ipynb"))
    exercise = course.folder("release", assignment)
    exercise.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".release-", dir=exercise.parent) as work:
        generated = generate(course, assignment, Path(work), record=False)
        leaks = find_leaks(source, read(generated / f"{assignment}.ipynb"))
        if leaks:
            raise CourseError(
                f"{assignment} is not released, its exercise would give away: "
                + "; ".join(leaks)
            )
        generated = generate(course, assignment, Path(work), record=True)
        if exercise.exists():
            exercise.rename(Path(work) / "former")
        generated.rename(exercise)
    return exercise / f"{assignment}.ipynb"


def source_notebook(course: Course, assignment: str) -> NotebookNode:
    """Convert an assignment's text to a notebook.

    Raises:
        CourseError: the assignment is unknown or its text is not a notebook.
    """
    course.require_assignment(assignment)
    text = source_text(course, assignment)
    try:
        notebook = jupytext.read(text, fmt="md:myst")
    except Exception as error:
        raise CourseError(
            f"{text} is not a notebook in MyST text: {type(error).__name__}: {error}"
        ) from error
    notebook.metadata.pop("jupytext", None)
    if "kernelspec" not in notebook.metadata:
        raise CourseError(f"{text} names no kernel: add a kernelspec at its top.")
    name_cells(notebook)
    return notebook


def source_text(course: Course, assignment: str) -> Path:
    """Name the text that an assignment is made from."""
    return course.folder("source", assignment) / f"{assignment}.md"


def name_cells(notebook: NotebookNode) -> None:
    """Give each cell an id that depends on the text only.

    A graded cell is called by its grade_id, another one by a digest of its source, so
    that a new cell leaves the ids of the others alone.
    """
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    used: set[str] = set()
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if not name or not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name):
            name = hashlib.sha256(cell.source.encode()).hexdigest()[:12]
        unique, count = name, 1
        while unique in used:
            count += 1
            unique = f"{name[:60]}-{count}"
        used.add(unique)
        cell.id = unique


def generate(course: Course, assignment: str, release: Path, record: bool) -> Path:
    """Run nbgrader's generate_assignment into a folder of our own.

    Args:
        course: the course.
        assignment: an assignment whose source notebook is written.
        release: the folder to write to.
        record: enter the cells and their points into the gradebook.

    Returns:
        The folder of the generated assignment.
    """
    log, last_error = nbgrader_log(course)
    config = Config()
    config.merge(course.config)
    if not record:
        config.SaveCells.enabled = False
    converter = GenerateAssignment(
        coursedir=course.directory(
            release_directory=str(release),
            assignment_id=assignment,
            notebook_id=assignment,
        ),
        config=config,
        log=log,
        force=True,
        no_database=not record,
    )
    try:
        converter.start()
    except NbGraderException as error:
        raise CourseError(
            f"nbgrader cannot generate {assignment}: {last_error.reason or error} "
            f"(more in {course.log})"
        ) from error
    return release / assignment


def find_leaks(source: NotebookNode, exercise: NotebookNode) -> list[str]:
    """List what an exercise gives away of its source.

    Looked for are nbgrader's markers, each hidden test as a whole, of each solution in
    code any two lines in a row (or its only line), whatever their indentation, and of
    each written one any line.

    Returns:
        A sentence for each leak, none for an exercise that may be handed out.
    """
    leaks = []
    cells = {cell.id: code_lines(cell.source) for cell in exercise.cells}
    for cell in exercise.cells:
        leaks += [
            f"the marker {marker!r} in cell {cell.id}"
            for marker in MARKERS
            if marker in cell.source
        ]
        if cell.get("outputs"):
            leaks.append(f"the output of cell {cell.id}")
    for cell in source.cells:
        hidden = region(cell.source, BEGIN_HIDDEN, END_HIDDEN)
        secrets = [("hidden test", hidden, len(hidden))]
        if is_solution(cell):
            solution = region(cell.source, BEGIN_SOLUTION, END_SOLUTION)
            solution = solution or code_lines(cell.source)
            length = 2 if cell.cell_type == "code" else 1
            secrets.append(("solution", solution, min(length, len(solution))))
        for kind, lines, length in secrets:
            runs = [lines[i : i + length] for i in range(len(lines) - length + 1)]
            places = {
                name
                for name, shown in cells.items()
                for run in runs
                if sum(map(len, run)) >= 20 and contains(shown, run)
            }
            leaks += [
                f"the {kind} of cell {cell.id} in cell {place}"
                for place in sorted(places)
            ]
    return leaks


def region(source: str, begin: str, end: str) -> list[str]:
    """Collect the lines between all pairs of two markers."""
    lines, inside = [], False
    for line in source.splitlines():
        if begin in line or end in line:
            inside = begin in line
        elif inside:
            lines.append(line)
    return code_lines("\n".join(lines))


def code_lines(source: str) -> list[str]:
    """Split a text into its stripped lines, without blank ones and comments."""
    lines = (line.strip() for line in source.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def contains(lines: list[str], run: list[str]) -> bool:
    """Tell whether `run` occurs in `lines` in one piece."""
    starts = range(len(lines) - len(run) + 1) if run else ()
    return any(lines[i : i + len(run)] == run for i in starts)


def read(path: Path) -> NotebookNode:
    """Read a notebook."""
    return nbformat.read(path, as_version=4)
