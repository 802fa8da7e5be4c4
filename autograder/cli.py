"""The command `autograder`."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

if TYPE_CHECKING:
    from autograder.grading import Outcome

# nbgrader takes a second to import: each command imports what it needs.

DONE, SOME_FAILED, NOT_STARTED = 0, 1, 2

app = typer.Typer(
    help="Release, check and grade the course's notebooks, with nbgrader.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console()
errors = Console(stderr=True)

CourseOption = Annotated[
    Path | None,
    typer.Option(
        "--course",
        metavar="PATH",
        help="The course's folder (with nbgrader_config.py); "
        "found from the working directory upwards if not given.",
    ),
]


@app.callback()
def _autograder() -> None:
    """Release, check and grade the course's notebooks, with nbgrader."""


@app.command()
def release(
    assignments: Annotated[
        list[str] | None, typer.Argument(metavar="[ASSIGNMENT]...")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All assignments of the course.")
    ] = False,
    course: CourseOption = None,
) -> None:
    """Generate the students' notebooks from the texts in solutions/."""
    from autograder.course import Course, CourseError
    from autograder.release import release as release_one

    opened = Course.open(course)
    if bool(assignments) == everything:
        raise CourseError("name the assignments to release, or give --all.")
    names = opened.assignments() if everything else list(assignments or ())
    if not names:
        raise CourseError(f"there are no assignments in {opened.folder('source')}.")
    failed = 0
    for name in names:
        try:
            notebook = release_one(opened, name)
        except CourseError as error:
            failed += 1
            report(error)
        else:
            say(f"released {shown(notebook)}")
    if failed:
        raise typer.Exit(SOME_FAILED)


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK")],
    timeout: Annotated[
        int, typer.Option(min=1, help="Seconds that one cell may take.")
    ] = 60,
) -> None:
    """Run the visible tests of your notebook and show what they say.

    Ends with 0 if everything is answered and passes, with 1 if not.
    """
    from autograder.check import check as check_notebook

    with errors.status(f"running {notebook.name} from top to bottom ..."):
        found = check_notebook(notebook, timeout)
    table = Table(
        Column("task", overflow="fold"),
        Column("test", overflow="fold"),
        Column("points", justify="right", no_wrap=True),
        "what it says",
    )
    for result in found.tests:
        passed = result.score >= result.max_score
        table.add_row(
            result.task,
            result.test.removeprefix(f"{result.task}-"),
            f"{result.score:g} / {result.max_score:g}",
            Text("passed", "green") if passed else Text(result.message, "red"),
        )
    console.print(table)
    for warning in found.warnings:
        console.print(Text(f"Note: {warning}.", "yellow"))
    score = sum(result.score for result in found.tests)
    highest = sum(result.max_score for result in found.tests)
    say(f"{score:g} of {highest:g} points in the visible tests.")
    if found.by_hand:
        say(f"{found.by_hand:g} more points are given by a person who reads your text.")
    if found.unanswered:
        say(f"Not answered yet: {', '.join(found.unanswered)}.")
    say("When your work is graded, hidden tests ask the same of other inputs.")
    if not found.passed:
        raise typer.Exit(SOME_FAILED)


StudentsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--student", metavar="STUDENT", help="Only this student; may be repeated."
    ),
]


@app.command()
def grade(
    assignment: Annotated[str, typer.Argument(metavar="ASSIGNMENT")],
    student: StudentsOption = None,
    regrade: Annotated[
        bool, typer.Option("--regrade", help="Also what is graded already.")
    ] = False,
    course: CourseOption = None,
) -> None:
    """Grade submitted/STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb of all students.

    Ends with 1 if a submission could not be graded; the others are.
    """
    from autograder.course import Course
    from autograder.grading import grade as grade_all

    show_outcomes(grade_all(Course.open(course), assignment, student, regrade))


@app.command()
def feedback(
    assignment: Annotated[str, typer.Argument(metavar="ASSIGNMENT")],
    student: StudentsOption = None,
    course: CourseOption = None,
) -> None:
    """Write each student's graded notebook as a page of HTML."""
    from autograder.course import Course
    from autograder.grading import write_feedback

    show_outcomes(write_feedback(Course.open(course), assignment, student))


@app.command()
def export(
    assignments: Annotated[
        list[str] | None, typer.Argument(metavar="[ASSIGNMENT]...")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The file; grades.csv in the course."),
    ] = None,
    course: CourseOption = None,
) -> None:
    """Write all grades, or those of some assignments, to a CSV file."""
    from autograder.course import Course
    from autograder.export import export as write_table

    opened = Course.open(course)
    to = to or opened.root / "grades.csv"
    rows = write_table(opened, to, assignments)
    say(f"{rows} rows in {shown(to)}")


def show_outcomes(outcomes: Iterable["Outcome"]) -> None:
    """Print a line for each submission as it is finished, and a last one for all.

    Raises:
        typer.Exit: one of them failed.
    """
    counts: Counter[str] = Counter()
    with errors.status("working ..."):
        for outcome in outcomes:
            counts[outcome.done] += 1
            if outcome.done == "failed":
                report(f"{outcome.student}: {outcome.reason}")
                continue
            line = f"{outcome.student}: {outcome.score:g} of {outcome.max_score:g}"
            if outcome.needs_manual_grade:
                line += ", needs a grade by hand"
            if outcome.done == "kept":
                line += " (graded before; --regrade does it again)"
            say(line if outcome.file is None else f"{line}: {shown(outcome.file)}")
    say(", ".join(f"{count} {done}" for done, count in sorted(counts.items())))
    if counts["failed"]:
        raise typer.Exit(SOME_FAILED)


def say(text: str) -> None:
    """Print a line as it is."""
    console.print(Text(text), soft_wrap=True)


def report(error: Exception | str) -> None:
    """Print what is wrong to standard error."""
    errors.print(Text("error: ", "bold red") + Text(str(error)), soft_wrap=True)


def shown(path: Path) -> str:
    """Write a path the short way if it lies under the working directory."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def main() -> None:
    """Run the command line; a user's mistake gives a message, not a traceback."""
    from autograder.course import CourseError

    try:
        app()
    except (CourseError, OSError) as error:  # OSError: no permission, a full disk
        report(error)
        raise SystemExit(NOT_STARTED) from None


if __name__ == "__main__":
    main()
