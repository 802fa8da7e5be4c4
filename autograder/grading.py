"""Grade what students handed in, one after the other, with nbgrader."""

import glob
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from sqlalchemy.exc import SAWarning

from autograder.course import Course, CourseError, nbgrader_log
from autograder.submission import find_tasks, find_tests, read_submission


@dataclass(frozen=True)
class Outcome:
    """What became of one submission.

    Args:
        student: whose it is.
        done: `graded`, `kept` (graded before), `written` (feedback) or `failed`.
        score: the points so far, with those given by hand.
        max_score: the points there are.
        needs_manual_grade: some answer waits for a person.
        reason: why it failed, and what to do.
        file: the feedback that was written.
    """

    student: str
    done: str
    score: float = 0.0
    max_score: float = 0.0
    needs_manual_grade: bool = False
    reason: str = ""
    file: Path | None = None


def grade(
    course: Course,
    assignment: str,
    students: list[str] | None = None,
    regrade: bool = False,
) -> Iterator[Outcome]:
    """Grade submissions; one that fails does not stop the others.

    Args:
        course: the course.
        assignment: a released assignment.
        students: whose submissions; all there are if not given.
        regrade: also those that are graded already and did not change since.

    Yields:
        An outcome for each submission, when it is finished.

    Raises:
        CourseError: the assignment is unknown or not released, or nobody handed
            anything in.
    """
    require_released(course, assignment)
    for student in students or submitters(course, assignment):
        try:
            path = require_submission(course, assignment, student)
            done = "kept"
            if (
                regrade
                or not is_graded(course, assignment, student)
                or is_newer(course, assignment, student, path)
            ):
                convert(course, Autograde, assignment, student)
                done = "graded"
        except CourseError as error:
            remember(course, assignment, student)
            yield Outcome(student, "failed", reason=str(error))
            continue
        with course.gradebook() as gradebook:
            submission = gradebook.find_submission(assignment, student)
            yield Outcome(
                student,
                done,
                submission.score,
                submission.max_score,
                submission.needs_manual_grade,
            )


def write_feedback(
    course: Course, assignment: str, students: list[str] | None = None
) -> Iterator[Outcome]:
    """Write each student's graded notebook as a page of HTML.

    Args:
        course: the course.
        assignment: an assignment that was graded.
        students: whose; everybody's with a graded notebook if not given.

    Yields:
        An outcome for each student.

    Raises:
        CourseError: the assignment is unknown or nothing of it is graded.
    """
    require_released(course, assignment)
    graded = [
        student
        for student in folders(course, "autograded", assignment)
        if is_graded(course, assignment, student)
    ]
    if not graded:
        raise CourseError(
            f"nothing of {assignment} is graded: run `autograder grade {assignment}`."
        )
    for student in students or graded:
        try:
            if student not in graded:
                raise CourseError(
                    f"no graded {assignment} of {student!r}: run "
                    f"`autograder grade {assignment} --student {student}`."
                )
            convert(course, GenerateFeedback, assignment, student)
        except CourseError as error:
            yield Outcome(student, "failed", reason=str(error))
            continue
        with course.gradebook() as gradebook:
            submission = gradebook.find_submission(assignment, student)
            page = course.folder("feedback", assignment, student)
            yield Outcome(
                student,
                "written",
                submission.score,
                submission.max_score,
                submission.needs_manual_grade,
                file=page / f"{assignment}.html",
            )


def require_released(course: Course, assignment: str) -> None:
    """Raise a `CourseError` unless the gradebook knows the assignment."""
    course.require_assignment(assignment)
    with course.gradebook() as gradebook:
        try:
            gradebook.find_notebook(assignment, assignment)
        except MissingEntry:
            raise CourseError(
                f"{assignment} is not in the gradebook: run "
                f"`autograder release {assignment}` first."
            ) from None


def folders(course: Course, step: str, assignment: str) -> list[str]:
    """List the students who have a folder for the assignment at a step."""
    students = course.folder(step, assignment, "STUDENT").parent.parent
    if not students.is_dir():
        return []
    return sorted(
        path.name for path in students.iterdir() if (path / assignment).is_dir()
    )


def submitters(course: Course, assignment: str) -> list[str]:
    """List the students who handed in; somebody has to."""
    found = folders(course, "submitted", assignment)
    if not found:
        place = course.folder("submitted", assignment, "STUDENT")
        raise CourseError(
            f"there is nothing to grade. Put each student's notebook at "
            f"{place / assignment}.ipynb."
        )
    return found


def require_submission(course: Course, assignment: str, student: str) -> Path:
    """Find a student's notebook and make sure that it can be graded.

    Raises:
        CourseError: it is missing, called otherwise, broken, or of another assignment.
    """
    folder = course.folder("submitted", assignment, student)
    path = folder / f"{assignment}.ipynb"
    if student not in folders(course, "submitted", assignment):
        raise CourseError(
            f"{student!r} handed in no {assignment}: there is no folder {folder}."
        )
    if glob.escape(student) != student:
        raise CourseError(
            f"nbgrader cannot grade a student called {student!r}: rename {folder} so "
            "that there is no *, ? or [ in it."
        )
    if not path.is_file():
        others = ", ".join(repr(other.name) for other in sorted(folder.iterdir()))
        raise CourseError(
            f"{folder} has no {path.name}; "
            + (f"rename the right one of: {others}." if others else "it is empty.")
        )
    notebook = read_submission(path)
    with course.gradebook() as gradebook:
        cells = gradebook.find_notebook(assignment, assignment).source_cells
        expected = {cell.name for cell in cells}
    found = {*find_tasks(notebook), *find_tests(notebook)}
    if not expected & found:
        raise CourseError(
            f"{path} is the notebook of another assignment: it has none of the cells "
            f"of {assignment}."
        )
    return path


def is_graded(course: Course, assignment: str, student: str) -> bool:
    """Tell whether a student's work was graded to the end."""
    graded = course.folder("autograded", assignment, student) / f"{assignment}.ipynb"
    if not graded.exists():
        return False
    with course.gradebook() as gradebook:
        submission = open_submission(gradebook, assignment, student)
        return submission is not None and has_scores(submission)


def is_newer(course: Course, assignment: str, student: str, path: Path) -> bool:
    """Tell whether a submission came after the last grading."""
    graded = course.folder("autograded", assignment, student) / path.name
    return path.stat().st_mtime > graded.stat().st_mtime


def has_scores(submission: SubmittedAssignment) -> bool:
    """Tell whether every test of a submission got its score.

    Grading that was cut off leaves rows without one.
    """
    return all(
        grade.auto_score is not None or grade.manual_score is not None
        for notebook in submission.notebooks
        for grade in notebook.grades
        if grade.cell.cell_type == "code"
    )


def remember(course: Course, assignment: str, student: str) -> None:
    """Enter a student whose submission failed, so that the export shows a row."""
    if student in folders(course, "submitted", assignment):
        with course.gradebook() as gradebook:
            gradebook.update_or_create_student(student)


def convert(
    course: Course, converter: type[BaseConverter], assignment: str, student: str
) -> None:
    """Run one of nbgrader's steps for one student.

    Raises:
        CourseError: nbgrader could not; with the reason from its log.
    """
    log, last_error = nbgrader_log(course)
    directory = course.directory(
        assignment_id=assignment,
        notebook_id=assignment,
        student_id=student,
    )
    try:
        with warnings.catch_warnings():
            # of SQLAlchemy, at nbgrader's way of adding a submission
            warnings.simplefilter("ignore", SAWarning)
            converter(
                coursedir=directory, config=course.config, log=log, force=True
            ).start()
    except NbGraderException as error:
        reason = last_error.reason or " ".join(str(error).split())
        raise CourseError(
            f"nbgrader cannot process it: {reason} (more in {course.log})"
        ) from error


def open_submission(
    gradebook: Gradebook, assignment: str, student: str
) -> SubmittedAssignment | None:
    """Find a submission in the gradebook; None if there is none."""
    try:
        return gradebook.find_submission(assignment, student)
    except MissingEntry:
        return None
