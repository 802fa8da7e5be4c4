"""The exercises that students take are made from the solutions as they are now."""

import re
import shutil

import pytest
from answer_bank import assignments
from temporary_course import ROOT, hand_in, make_course

from autograder.check import NOT_ANSWERED, check
from autograder.grading import grade
from autograder.release import find_leaks, read, release, source_notebook

COURSE = [
    assignment
    for assignment in assignments()
    if ROOT in assignment.answers.parents and assignment.solutions == ROOT / "solutions"
]


@pytest.fixture(scope="module", params=COURSE, ids=lambda assignment: assignment.name)
def generated(request, tmp_path_factory):
    """A course in which an assignment was just released, and the assignment's name."""
    name = request.param.name
    course = make_course(tmp_path_factory.mktemp(name), ROOT / "solutions", name)
    release(course, name)
    return course, name


def files(folder) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }


def test_each_assignment_has_an_exercise_and_each_exercise_an_assignment():
    folders = {path.name for path in (ROOT / "exercises").iterdir() if path.is_dir()}
    assert folders == {assignment.name for assignment in COURSE}


def test_the_committed_exercise_is_what_release_generates(generated):
    course, name = generated
    committed, expected = ROOT / "exercises" / name, course.folder("release", name)
    assert committed.is_dir(), "missing; mend it with: make exercises"
    stale = {
        file
        for file in files(committed) | files(expected)
        if files(committed).get(file) != files(expected).get(file)
    }
    assert not stale, "not what solutions/ gives; mend it with: make exercises"


def test_the_exercise_gives_nothing_away(generated):
    course, name = generated
    exercise = ROOT / "exercises" / name / f"{name}.ipynb"
    assert find_leaks(source_notebook(course, name), read(exercise)) == []
    assert not re.search("(BEGIN|END) (SOLUTION|HIDDEN)", exercise.read_text())


def test_an_exercise_as_handed_out_earns_nothing(generated):
    """By the visible tests, and by all when it is graded."""
    course, name = generated
    hand_in(course, name, "nobody", {})
    (outcome,) = grade(course, name, ["nobody"])
    assert (outcome.done, outcome.score) == ("graded", 0)
    assert not outcome.needs_manual_grade
    found = check(course.folder("release", name) / f"{name}.ipynb")
    assert [result.score for result in found.tests] == [0] * len(found.tests)
    assert {result.message for result in found.tests} == {NOT_ANSWERED}
    assert not found.warnings


def test_the_instructors_notebook_earns_everything(generated):
    course, name = generated
    place = course.folder("submitted", name, "instructor")
    place.mkdir(parents=True)
    shutil.copy(course.folder("source", name) / f"{name}.ipynb", place)
    (outcome,) = grade(course, name, ["instructor"])
    assert outcome.done == "graded"
    with course.gradebook() as gradebook:
        rows = gradebook.find_submission_notebook(name, name, "instructor").grades
        lost = {
            row.name: row.auto_score
            for row in rows
            if row.cell.cell_type == "code" and row.auto_score != row.max_score
        }
        by_hand = [row.name for row in rows if row.needs_manual_grade]
    assert not lost
    assert len(by_hand) == 1
    assert by_hand[0].startswith("written-")
