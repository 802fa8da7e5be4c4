"""The command `autograder`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

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
            console.print(f"released {shown(notebook)}", highlight=False)
    if failed:
        raise typer.Exit(SOME_FAILED)


def report(error: Exception) -> None:
    """Print what is wrong to standard error."""
    errors.print("[bold red]error:[/]", str(error), highlight=False, soft_wrap=True)


def shown(path: Path) -> str:
    """Write a path the short way if it lies under the working directory."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def main() -> None:
    """Run the command line; a user's mistake gives a message, not a traceback."""
    from autograder.course import CourseError

    try:
        app()
    except CourseError as error:
        report(error)
        raise SystemExit(NOT_STARTED) from None


if __name__ == "__main__":
    main()
