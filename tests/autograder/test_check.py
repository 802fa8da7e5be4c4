"""`autograder check`: what a student is told about a notebook."""

import copy
import shutil

import nbformat
import pytest
from temporary_course import RIGHT, hand_in

from autograder.check import NOT_ANSWERED, check


def messages(found) -> dict:
    return {result.test: result.message for result in found.tests}


def test_right_answers_pass(released):
    found = check(hand_in(released, "arithmetic", "ann", RIGHT))
    assert found.passed
    assert [
        (result.task, result.score, result.max_score) for result in found.tests
    ] == [
        ("double", 2, 2),
        ("double", 1, 1),
        ("reverse", 3, 3),
    ]
    assert (found.unanswered, found.by_hand, found.warnings) == ([], 2, [])


def test_a_wrong_answer_gets_its_hint_and_loses_only_its_own_points(released):
    square = RIGHT | {"double": "def double(number):\n    return number**2"}
    found = check(hand_in(released, "arithmetic", "bob", square))
    assert not found.passed
    assert messages(found) == {
        "double-values": "double(3) should be 6: did you square instead of doubling?",
        "double-type": "",
        "reverse-values": "",
    }


def test_the_exercise_as_handed_out_is_unanswered(command, released, tmp_path):
    """It also needs nothing but the notebook: no course, no gradebook."""
    exercise = released.folder("release", "arithmetic") / "arithmetic.ipynb"
    alone = tmp_path / "elsewhere" / "my work.ipynb"
    alone.parent.mkdir()
    shutil.copy(exercise, alone)
    before = alone.read_bytes()
    found = check(alone)
    assert set(messages(found).values()) == {NOT_ANSWERED}
    assert found.unanswered == ["double", "reverse", "written-four"]
    ended = command("check", alone)
    assert ended.code == 1
    assert "0 of 6 points" in ended.out
    assert "Not answered yet: double, reverse, written-four." in ended.out
    assert alone.read_bytes() == before
    assert list(alone.parent.iterdir()) == [alone]


def test_the_command_ends_with_0_for_right_answers(command, released):
    ended = command("check", hand_in(released, "arithmetic", "ann", RIGHT))
    assert (ended.code, ended.err) == (0, "")
    assert "6 of 6 points" in ended.out


def test_errors_in_the_students_own_cells_are_named(released):
    path = hand_in(
        released,
        "arithmetic",
        "cid",
        {
            "double": "def double(number:\n    return 6",
            "reverse": "def reverse(items):\n    return undefined_name",
        },
    )
    found = messages(check(path))
    assert "your own cell stops: SyntaxError" in found["double-values"]
    assert found["reverse-values"] == (
        "NameError: name 'undefined_name' is not defined"
    )


def test_an_endless_loop_is_stopped(released):
    endless = RIGHT | {"reverse": "def reverse(items):\n    while True:\n        pass"}
    found = check(hand_in(released, "arithmetic", "dan", endless), timeout=2)
    assert "stopped after 2 s" in messages(found)["reverse-values"]
    assert messages(found)["double-values"] == ""


def test_a_warning_costs_the_points_and_says_so(released):
    """nbgrader takes output on the error stream for a failure."""
    noisy = "import sys\ndef reverse(items):\n    print('hm', file=sys.stderr)\n"
    path = hand_in(
        released,
        "arithmetic",
        "eve",
        RIGHT | {"reverse": noisy + "    return items[::-1]"},
    )
    assert messages(check(path))["reverse-values"] == (
        "it writes to the error stream: hm"
    )


def test_changed_tests_and_copied_cells_are_pointed_out(released):
    path = hand_in(
        released, "arithmetic", "fay", {"double-values": "pass", "double": "1 / 0"}
    )
    notebook = nbformat.read(path, as_version=4)
    twin = copy.deepcopy(notebook.cells[3])
    twin.id = "twin"
    notebook.cells += [twin, nbformat.v4.new_code_cell("import no_such_module")]
    nbformat.write(notebook, path)
    warnings = check(path).warnings
    assert warnings == [
        "the cell double-type is there 2 times: delete the copies",
        "the test double-values was changed: grading runs the original, not yours",
        "cell 11 stops: ModuleNotFoundError: No module named 'no_such_module'",
    ]


def test_a_dead_kernel_is_reported(command, released):
    dies = {"double": "import os\nos._exit(3)"}
    ended = command("check", hand_in(released, "arithmetic", "gus", dies))
    assert ended.code == 2
    assert "Python died" in ended.err


def notebook_text(**cell) -> str:
    whole = {"cell_type": "code", "metadata": {}, "source": "", "outputs": []} | cell
    cells = f"[{whole}]".replace("'", '"')
    return f'{{"nbformat": 4, "nbformat_minor": 5, "metadata": {{}}, "cells": {cells}}}'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a notebook: Expecting value"),
        (b"{", "is not a notebook"),
        (b"[]", "it has no cells of format 4"),
        (b'{"cells": [], "nbformat": 3}', "it has no cells of format 4"),
        (b'{"cells": [], "nbformat": 4, "metadata": {}}', "names no version"),
        (notebook_text(cell_type="graph").encode(), "cell 1 is damaged"),
        (notebook_text(id=[]).encode(), "cell 1 is damaged"),
        (notebook_text(source=[1]).encode(), "cell 1 is damaged"),
        ("é".encode("latin-1"), "is not a notebook"),
        (b"\xff\xfe{\x00", "is not a notebook"),
        (b"[" * 100_000, "is not a notebook"),
        (b'{"cells": [], "nbformat": 4}', "it has no metadata"),
        (notebook_text(source=3).encode(), "cell 1 is damaged"),
        (notebook_text(metadata={"nbgrader": "x"}).encode(), "lost its grade_id"),
        (notebook_text(metadata={"nbgrader": {"a": 1}}).encode(), "lost its grade_id"),
        (
            notebook_text(
                metadata={"nbgrader": {"grade_id": "a", "grade": 1}}
            ).encode(),
            "lost its points",
        ),
        (notebook_text().encode(), "is not the notebook of an assignment"),
    ],
)
def test_a_broken_notebook_is_refused(command, tmp_path, content, message):
    path = tmp_path / "broken.ipynb"
    path.write_bytes(content)
    ended = command("check", path)
    assert ended.code == 2
    assert message in ended.err


def test_a_missing_notebook(command, tmp_path):
    ended = command("check", tmp_path / "nothing.ipynb")
    assert ended.code == 2
    assert "there is no notebook" in ended.err


@pytest.mark.parametrize("minor", [4, 5, 99])
def test_odd_but_readable_notebooks_are_checked(released, minor):
    """Missing and double cell ids and unknown fields come from other editors."""
    path = hand_in(released, "arithmetic", "hal", RIGHT)
    notebook = nbformat.read(path, as_version=4)
    notebook.nbformat_minor = minor
    del notebook.cells[0]["id"]
    notebook.cells[2]["id"] = notebook.cells[3]["id"]
    notebook.cells[4]["colour"] = "green"
    text = nbformat.v4.nbjson.JSONWriter().writes(notebook)
    path.write_text(text.replace('"outputs": []', '"outputs": [7, {}]'))
    assert check(path).passed


def test_whatever_a_test_says_of_an_untouched_cell_it_is_not_answered(released):
    path = hand_in(
        released, "arithmetic", "ida", {"double-values": "assert False, 'x'"}
    )
    assert messages(check(path))["double-values"] == NOT_ANSWERED
