"""A student's self-check: run the visible tests of a notebook and explain them."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearOutput, Execute
from nbgrader.preprocessors.execute import UnresponsiveKernelError
from nbgrader.utils import determine_grade, is_grade, is_locked, is_solution

from autograder.course import CourseError
from autograder.submission import (
    find_tasks,
    find_tests,
    grade_id,
    is_changed,
    read_submission,
    task_of,
)

NOT_ANSWERED = "not answered yet"


@dataclass(frozen=True)
class TestResult:
    """What one test of a notebook gave.

    Args:
        task: the task it belongs to.
        test: the test's own name.
        score: the points earned.
        max_score: the points there are.
        message: what the failing test says; empty if it passed.
    """

    task: str
    test: str
    score: float
    max_score: float
    message: str


@dataclass(frozen=True)
class Check:
    """What a self-check found.

    Args:
        tests: the results, in the notebook's order.
        unanswered: the tasks whose cell is as it was handed out.
        by_hand: the points of questions that a person grades.
        warnings: what else the student should know.
    """

    tests: list[TestResult]
    unanswered: list[str]
    by_hand: float
    warnings: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Everything is answered and earns all points of the visible tests."""
        full = all(result.score >= result.max_score for result in self.tests)
        return full and not self.unanswered


def check(path: Path, timeout: int = 60) -> Check:
    """Run a notebook from top to bottom, as the grader will, and look at its tests.

    The file is not changed. Needs nothing but the notebook.

    Args:
        path: the student's notebook.
        timeout: seconds that a cell may take.

    Raises:
        CourseError: the file is not an assignment's notebook, or running it kills the
            kernel.
    """
    notebook = read_submission(path)
    warnings = find_changed_cells(notebook)
    run(notebook, path.resolve().parent, timeout)
    answers, tests = find_tasks(notebook), find_tests(notebook)
    unanswered = [task for task, cell in answers.items() if not is_changed(cell)]
    results = []
    for name, cell in tests.items():
        task = task_of(name, list(answers))
        score, max_score = score_of(cell)
        message = "" if score == max_score else failure(cell, timeout)
        if message and task in unanswered:
            message = NOT_ANSWERED
        elif message and has_error(answers.get(task)):
            message = f"your own cell stops: {failure(answers[task], timeout)}"
        results.append(TestResult(task, name, score, max_score, message))
    for number, cell in enumerate(notebook.cells, start=1):
        if has_error(cell) and not is_grade(cell) and not is_solution(cell):
            warnings.append(f"cell {number} stops: {failure(cell, timeout)}")
    by_hand = sum(
        cell.metadata.nbgrader["points"] for cell in answers.values() if is_grade(cell)
    )
    return Check(results, unanswered, by_hand, warnings)


def run(notebook: NotebookNode, folder: Path, timeout: int) -> None:
    """Execute a notebook in place, going on after errors.

    Raises:
        CourseError: the kernel died or could not be stopped.
    """
    resources = {"metadata": {"path": str(folder)}}
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    ClearOutput().preprocess(notebook, resources)
    try:
        Execute(
            timeout=timeout, extra_arguments=["--IPKernelApp.log_level=ERROR"]
        ).preprocess(notebook, resources)
    except (DeadKernelError, UnresponsiveKernelError) as error:
        done = [c for c in notebook.cells if c.get("execution_count") is not None]
        after = f" after cell {notebook.cells.index(done[-1]) + 1}" if done else ""
        raise CourseError(
            f"Python died or hung{after} while the notebook ran: does a cell leave "
            "Python (os._exit), or need more memory than there is?"
        ) from error


def score_of(cell: NotebookNode) -> tuple[float, float]:
    """Score an executed test as nbgrader does: its points and the highest there are."""
    try:
        return determine_grade(cell)
    except (KeyError, ValueError):  # it ends in a value that can't be a score
        return 0.0, float(cell.metadata.nbgrader["points"])


def find_changed_cells(notebook: NotebookNode) -> list[str]:
    """Warn of cells that grading will not take as the student left them."""
    names = Counter(
        grade_id(cell)
        for cell in notebook.cells
        if is_grade(cell) or is_solution(cell) or is_locked(cell)
    )
    warnings = [
        f"the cell {name} is there {count} times: delete the copies"
        for name, count in names.items()
        if count > 1
    ]
    for name, cell in find_tests(notebook).items():
        if "checksum" in cell.metadata.nbgrader and is_changed(cell):
            warnings.append(
                f"the test {name} was changed: grading runs the original, not yours"
            )
    return warnings


def has_error(cell: NotebookNode | None) -> bool:
    """Tell whether running a cell ended in an exception."""
    outputs = cell.get("outputs", []) if cell else []
    return any(output.output_type == "error" for output in outputs)


def failure(cell: NotebookNode, timeout: int) -> str:
    """Say in one line why a cell failed: the message of its exception."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            return explain(output, timeout)
    for output in cell.get("outputs", []):
        if output.output_type == "stream" and output.name == "stderr":
            last = output.text.strip().splitlines()[-1:]
            return " ".join(["it writes to the error stream:", *last])
    return "some of it passed" if cell.get("execution_count") else "it was not run"


def explain(error: NotebookNode, timeout: int) -> str:
    """Put an exception into words."""
    if error.ename in ("KeyboardInterrupt", "CellTimeoutError"):
        return f"stopped after {timeout} s: is there a loop that never ends?"
    if error.ename == "NotImplementedError" and not error.evalue:
        return NOT_ANSWERED
    if error.ename == "AssertionError" and error.evalue:
        return error.evalue
    return f"{error.ename}: {error.evalue}" if error.evalue else error.ename
