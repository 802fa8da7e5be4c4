"""`autograder grade`, `feedback` and `export` on a small class."""

import csv
import os
import subprocess
import sys

import nbformat
import pytest
from temporary_course import RIGHT, hand_in

from autograder.grading import grade, write_feedback

SQUARE = RIGHT | {"double": "def double(number):\n    return number**2"}


def put(course, student: str, name: str, content: str) -> None:
    folder = course.folder("submitted", "arithmetic", student)
    folder.mkdir(parents=True)
    (folder / name).write_text(content)


@pytest.fixture
def graded_class(released):
    """A class in which half of the submissions can't be graded."""
    hand_in(released, "arithmetic", "ann", RIGHT)
    hand_in(released, "arithmetic", "bob", SQUARE)
    put(released, "cid", "arithmetic.ipynb", "{")
    put(released, "dan", "arithmetic (1).ipynb", "{}")
    hand_in(released, "arithmetic", "eve", {"double": "import os\nos._exit(3)"})
    hand_in(released, "arithmetic", "fay", {})
    outcomes = list(grade(released, "arithmetic"))
    return released, {outcome.student: outcome for outcome in outcomes}


def scores(course, student: str) -> dict:
    with course.gradebook() as gradebook:
        cells = gradebook.find_submission_notebook(
            "arithmetic", "arithmetic", student
        ).grades
        return {cell.name: cell.auto_score for cell in cells}


def test_one_broken_submission_does_not_stop_the_rest(graded_class):
    course, outcomes = graded_class
    assert {name: outcome.done for name, outcome in outcomes.items()} == {
        "ann": "graded",
        "bob": "graded",
        "cid": "failed",
        "dan": "failed",
        "eve": "failed",
        "fay": "graded",
    }
    assert "is not a notebook" in outcomes["cid"].reason
    assert "rename the right one of: 'arithmetic (1).ipynb'" in outcomes["dan"].reason
    assert "Kernel died" in outcomes["eve"].reason
    assert (outcomes["ann"].score, outcomes["ann"].max_score) == (6, 8)
    assert outcomes["ann"].needs_manual_grade
    assert outcomes["fay"].score == 0
    assert not outcomes["fay"].needs_manual_grade
    assert scores(course, "ann") == {
        "double-values": 2,
        "double-type": 1,
        "reverse-values": 3,
        "written-four": None,
    }
    assert scores(course, "bob")["double-values"] == 0
    assert scores(course, "bob")["double-type"] == 1
    # a second run has no less to say
    again = {outcome.student: outcome for outcome in grade(course, "arithmetic")}
    assert again["ann"].done == "kept"
    assert again["eve"].done == "failed"


def test_export_has_a_row_for_everybody(graded_class, command):
    course, _ = graded_class
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student("zoe", last_name='Dé, "Zoë"')
    ended = command("export", course=course.root)
    assert (ended.code, ended.err) == (0, "")
    with (course.root / "grades.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert {name: (row["score"], row["status"]) for name, row in rows.items()} == {
        "ann": ("6.0", "needs manual grade"),
        "bob": ("4.0", "needs manual grade"),
        "cid": ("0.0", "not graded"),
        "dan": ("0.0", "not graded"),
        "eve": ("0.0", "not graded"),
        "fay": ("0.0", "graded"),
        "zoe": ("0.0", "not submitted"),
    }
    assert rows["zoe"]["last_name"] == 'Dé, "Zoë"'
    assert {row["max_score"] for row in rows.values()} == {"8.0"}


def test_feedback_shows_the_points_and_the_hint(graded_class, command):
    course, _ = graded_class
    ended = command("feedback", "arithmetic", course=course.root)
    assert ended.code == 0
    page = course.folder("feedback", "arithmetic", "bob") / "arithmetic.html"
    text = page.read_text()
    assert "did you square instead of doubling?" in text
    assert "Score: 4.0 / 8.0" in " ".join(text.split())
    assert not course.folder("feedback", "arithmetic", "eve").exists()
    ended = command(
        "feedback",
        "arithmetic",
        "--student",
        "cid",
        "--student",
        "ann",
        course=course.root,
    )
    assert ended.code == 1
    assert "no graded arithmetic of 'cid'" in ended.err
    assert "ann: 6 of 8" in ended.out


def test_scores_equal_those_of_plain_nbgrader(released):
    """`nbgrader autograde` in the course's folder works, and agrees."""
    hand_in(released, "arithmetic", "ann", RIGHT)
    hand_in(released, "arithmetic", "bob", SQUARE)
    environment = {**os.environ, "PATH": "/usr/bin:/bin"}  # not activated
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", "arithmetic"],
        cwd=released.root,
        env=environment,
        check=True,
        capture_output=True,
    )
    plain = {student: scores(released, student) for student in ("ann", "bob")}
    assert plain["bob"]["double-values"] == 0
    done = [outcome.done for outcome in grade(released, "arithmetic", regrade=True)]
    assert done == ["graded", "graded"]
    assert plain == {student: scores(released, student) for student in ("ann", "bob")}


def test_a_new_submission_is_graded_again_and_points_by_hand_stay(released):
    hand_in(released, "arithmetic", "bob", SQUARE)
    assert next(grade(released, "arithmetic")).score == 4
    with released.gradebook() as gradebook:
        cell = gradebook.find_grade("written-four", "arithmetic", "arithmetic", "bob")
        cell.manual_score = 2
        cell.needs_manual_grade = False
        gradebook.db.commit()
    kept = next(grade(released, "arithmetic"))
    assert (kept.done, kept.score) == ("kept", 6)
    path = hand_in(released, "arithmetic", "bob", RIGHT)
    graded = released.folder("autograded", "arithmetic", "bob") / path.name
    os.utime(path, (graded.stat().st_mtime + 5,) * 2)
    again = next(grade(released, "arithmetic"))
    assert (again.done, again.score) == ("graded", 8)


def test_grading_goes_on_where_it_was_killed(released):
    """nbgrader alone skips a submission whose grading was cut off."""
    path = hand_in(released, "arithmetic", "ann", RIGHT)
    graded = released.folder("autograded", "arithmetic", "ann")
    graded.mkdir(parents=True)
    (graded / path.name).write_text(path.read_text())
    assert next(grade(released, "arithmetic")).done == "graded"


def test_the_work_of_another_assignment(released):
    path = hand_in(released, "arithmetic", "ann", RIGHT)
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.grade_id = f"other-{cell.metadata.nbgrader.grade_id}"
    nbformat.write(notebook, path)
    outcome = next(grade(released, "arithmetic"))
    assert outcome.done == "failed"
    assert "notebook of another assignment" in outcome.reason


def test_mistakes_on_the_command_line(command, released):
    root = released.root
    ended = command("grade", "algebra", course=root)
    assert (ended.code, "Known are: arithmetic" in ended.err) == (2, True)
    ended = command("grade", "arithmetic", course=root)
    assert (ended.code, "there is nothing to grade" in ended.err) == (2, True)
    ended = command("feedback", "arithmetic", course=root)
    assert (ended.code, "autograder grade arithmetic" in ended.err) == (2, True)
    ended = command("export", "algebra", course=root)
    assert (ended.code, "It has: arithmetic" in ended.err) == (2, True)
    ended = command("export", "--to", root, course=root)
    assert (ended.code, "cannot write" in ended.err) == (2, True)
    assert not list(root.parent.glob("*.unfinished"))
    ended = command("export", "--to", root / "no" / "grades.csv", course=root)
    assert (ended.code, "No such file or directory" in ended.err) == (2, True)
    hand_in(released, "arithmetic", "ann", RIGHT)
    hand_in(released, "arithmetic", "b[o]b", RIGHT)
    students = ("ann", "nobody", "../ann", "b[o]b")
    options = [word for student in students for word in ("--student", student)]
    ended = command("grade", "arithmetic", *options, course=root)
    assert ended.code == 1
    assert "ann: 6 of 8, needs a grade by hand" in ended.out
    assert "'nobody' handed in no arithmetic" in ended.err
    assert "'../ann' handed in no arithmetic" in ended.err
    assert "no *, ? or [ in it" in ended.err
    assert "3 failed, 1 graded" in ended.out


def test_grading_needs_a_release(command, new_course):
    put(new_course, "ann", "arithmetic.ipynb", "{}")
    ended = command("grade", "arithmetic", course=new_course.root)
    assert ended.code == 2
    assert "autograder release" in ended.err
    ended = command("export", course=new_course.root)
    assert ended.code == 2
    assert "there is no gradebook" in ended.err
    assert not (new_course.root / "gradebook.db").exists()


def test_a_damaged_gradebook(command, released):
    (released.root / "gradebook.db").write_bytes(b"not a database" * 100)
    ended = command("grade", "arithmetic", course=released.root)
    assert ended.code == 2
    assert "cannot be used" in ended.err


def test_nobody_has_feedback_before_grading(released):
    hand_in(released, "arithmetic", "ann", RIGHT)
    list(grade(released, "arithmetic"))
    (outcome,) = write_feedback(released, "arithmetic")
    assert outcome.file == (
        released.folder("feedback", "arithmetic", "ann") / "arithmetic.html"
    )
    assert outcome.file.is_file()
