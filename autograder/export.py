"""Write the gradebook as a table."""

import csv
import os
from pathlib import Path

from nbgrader.api import Assignment, Gradebook, Student

from autograder.course import Course, CourseError
from autograder.grading import folders, has_scores, open_submission

COLUMNS = (
    "assignment",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "score",
    "max_score",
    "late_submission_penalty",
    "timestamp",
    "status",
)


def export(course: Course, to: Path, assignments: list[str] | None = None) -> int:
    """Write a CSV file with a row for each assignment and student.

    Args:
        course: the course.
        to: the file; replaced as a whole.
        assignments: which; all in the gradebook if not given.

    Returns:
        The number of rows.

    Raises:
        CourseError: there is no gradebook, an assignment is not in it, or the file
            cannot be written.
    """
    with course.gradebook() as gradebook:
        known = {assignment.name: assignment for assignment in gradebook.assignments}
        unknown = sorted(set(assignments or ()) - set(known))
        if unknown:
            raise CourseError(
                f"the gradebook has no {', '.join(unknown)}. "
                f"It has: {', '.join(sorted(known)) or 'nothing'}."
            )
        rows = [
            row(course, gradebook, known[name], student)
            for name in sorted(assignments or known)
            for student in sorted(gradebook.students, key=lambda student: student.id)
        ]
    unfinished = to.with_name(f".{to.name}.unfinished")
    try:
        with unfinished.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        os.replace(unfinished, to)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise CourseError(f"cannot write {to}: {error.strerror}.") from error
    return len(rows)


def row(
    course: Course, gradebook: Gradebook, assignment: Assignment, student: Student
) -> dict[str, object]:
    """Say what a student has earned for an assignment, and whether that is final.

    The status is `graded`, `needs manual grade`, `not graded` (handed in, but grading
    failed or wasn't run) or `not submitted`; the last two score 0.
    """
    submission = open_submission(gradebook, assignment.name, student.id)
    score, penalty, timestamp = 0.0, 0.0, None
    if submission is not None and has_scores(submission):
        penalty = submission.late_submission_penalty or 0.0
        score = max(0.0, submission.score - penalty)
        timestamp = submission.timestamp
        manual = submission.needs_manual_grade
        status = "needs manual grade" if manual else "graded"
    elif student.id in folders(course, "submitted", assignment.name):
        status = "not graded"
    else:
        status = "not submitted"
    return {
        "assignment": assignment.name,
        "student_id": student.id,
        "last_name": student.last_name,
        "first_name": student.first_name,
        "email": student.email,
        "score": score,
        "max_score": assignment.max_score,
        "late_submission_penalty": penalty,
        "timestamp": timestamp,
        "status": status,
    }
