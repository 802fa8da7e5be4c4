"""`autograder release`: students get the exercise, the whole of it, nothing more."""

import nbformat
import pytest
from temporary_course import RIGHT, hand_in

from autograder.course import CourseError
from autograder.grading import grade
from autograder.release import find_leaks, read, release, source_notebook


def edit(course, old: str, new: str) -> None:
    text = course.folder("source", "arithmetic") / "arithmetic.md"
    source = text.read_text()
    assert old in source
    text.write_text(source.replace(old, new))


def test_solutions_and_hidden_tests_are_gone_and_the_rest_is_there(released):
    exercise = released.folder("release", "arithmetic") / "arithmetic.ipynb"
    text = exercise.read_text()
    for secret in ("doubled_number", "double(2.5)", "associative", "Rubric", "HIDDEN"):
        assert secret not in text
    for shown in ("Return twice the number", "YOUR CODE HERE", "double(3) == 6"):
        assert shown in text
    assert nbformat.validate(read(exercise)) is None
    assert sorted(path.name for path in exercise.parent.iterdir()) == [exercise.name]


def test_releasing_again_gives_the_same_bytes(released):
    exercise = released.folder("release", "arithmetic") / "arithmetic.ipynb"
    before = exercise.read_bytes()
    release(released, "arithmetic")
    assert exercise.read_bytes() == before


def test_cells_keep_their_ids_when_another_is_inserted(released):
    before = {cell.id for cell in read(exercise_of(released)).cells}
    edit(released, "## Reverse a list", "A new cell.\n\n+++\n\n## Reverse a list")
    release(released, "arithmetic")
    assert before < {cell.id for cell in read(exercise_of(released)).cells}


def exercise_of(course):
    return course.folder("release", "arithmetic") / "arithmetic.ipynb"


@pytest.mark.parametrize(
    ("old", "new", "leak"),
    [
        (
            "## Reverse a list",
            "doubled_number = number + number\n    return doubled_number",
            "the solution of cell double",
        ),
        (
            "### BEGIN HIDDEN TESTS\nassert isinstance(double(-1)",
            "### HIDDEN TESTS\n### BEGIN HIDDEN TEST\nassert isinstance(double(-1)",
            "the marker 'HIDDEN TEST' in cell double-type",
        ),
        (
            "Why does doubling twice multiply by four?",
            "Two times two is four, and multiplication is associative.",
            "the solution of cell written-four",
        ),
        (
            "A small made-up assignment",
            "See the MARK SCHEME of a small made-up assignment",
            "the marker 'MARK SCHEME' in cell ",
        ),
    ],
)
def test_an_exercise_that_gives_something_away_is_refused(released, old, new, leak):
    """Whatever is wrong with the text, the former exercise stays as it was."""
    before = exercise_of(released).read_bytes()
    edit(released, old, new)
    with pytest.raises(CourseError, match=leak):
        release(released, "arithmetic")
    assert exercise_of(released).read_bytes() == before
    assert [path.name for path in exercise_of(released).parent.parent.iterdir()] == [
        "arithmetic"
    ]


def test_a_marker_or_an_output_is_a_leak(released):
    source = source_notebook(released, "arithmetic")
    exercise = read(exercise_of(released))
    assert find_leaks(source, exercise) == []
    exercise.cells[1].source += "\n### END SOLUTION"
    exercise.cells[2].outputs = [nbformat.v4.new_output("stream", text="6")]
    exercise.cells[3].source = source.cells[3].source
    assert find_leaks(source, exercise) == [
        "the marker 'END SOLUTION' in cell double",
        "the output of cell double-values",
        "the marker 'HIDDEN TEST' in cell double-type",
        "the hidden test of cell double-type in cell double-type",
    ]


def test_release_of_all(command, new_course):
    ended = command("release", "--all", course=new_course.root)
    assert (ended.code, ended.err) == (0, "")
    assert "arithmetic.ipynb" in ended.out
    assert exercise_of(new_course).exists()


def test_an_unknown_assignment_does_not_stop_the_others(command, new_course):
    ended = command("release", "algebra", "arithmetic", course=new_course.root)
    assert ended.code == 1
    assert "no assignment 'algebra'" in ended.err
    assert "Known are: arithmetic" in ended.err
    assert exercise_of(new_course).exists()


def test_release_wants_names_or_all(command, new_course):
    ended = command("release", course=new_course.root)
    assert ended.code == 2
    assert "--all" in ended.err
    assert command("release", "--all", "arithmetic", course=new_course.root).code == 2


def test_a_course_without_assignments(command, new_course):
    (new_course.folder("source", "arithmetic") / "arithmetic.md").unlink()
    ended = command("release", "--all", course=new_course.root)
    assert ended.code == 2
    assert "there are no assignments" in ended.err


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kernelspec: {display_name", "other: {display_name", "names no kernel"),
        ("### END SOLUTION", "", "cannot generate arithmetic"),
        ("### END HIDDEN TESTS", "", "cannot generate arithmetic"),
        ("grade_id: double-type", "grade_id: double-values", "cannot generate"),
        ("nbgrader: {grade: true", "nbgrader: {grade: [", "not a notebook in MyST"),
    ],
)
def test_a_broken_text_says_what_is_wrong(command, new_course, old, new, message):
    edit(new_course, old, new)
    ended = command("release", "arithmetic", course=new_course.root)
    assert ended.code == 1
    assert message in ended.err


def test_a_folder_that_is_no_course(command, tmp_path):
    ended = command("release", "--all", course=tmp_path / "nowhere")
    assert ended.code == 2
    assert "holds no nbgrader_config.py" in ended.err


def test_a_broken_configuration(command, new_course):
    (new_course.root / "nbgrader_config.py").write_text("c = get_config(\n")
    ended = command("release", "--all", course=new_course.root)
    assert ended.code == 2
    assert "SyntaxError" in ended.err


def test_the_course_is_found_from_a_folder_within(command, new_course, monkeypatch):
    monkeypatch.chdir(new_course.folder("source", "arithmetic"))
    assert command("release", "--all").code == 0
    assert exercise_of(new_course).exists()


def test_cells_cannot_change_once_work_is_handed_in(command, released):
    """nbgrader can't move points between cells that students have scores in."""
    hand_in(released, "arithmetic", "ann", RIGHT)
    assert [outcome.done for outcome in grade(released, "arithmetic")] == ["graded"]
    before = exercise_of(released).read_bytes()
    edit(released, "grade_id: double-type", "grade_id: double-kind")
    ended = command("release", "arithmetic", course=released.root)
    assert ended.code == 1
    assert "submissions" in ended.err
    assert exercise_of(released).read_bytes() == before


def test_a_place_that_cannot_be_written(command, new_course):
    new_course.folder("release").write_text("a file where a folder should be")
    ended = command("release", "--all", course=new_course.root)
    assert ended.code == 2
    assert "File exists" in ended.err
