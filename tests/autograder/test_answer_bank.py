"""Each wrong answer loses its own points and gets its hint; each right one gets all.

All answers of the bank are graded by `autograder grade`, that is by nbgrader, in a
course of their own.
"""

import re
from dataclasses import dataclass
from functools import cache

import nbformat
import pytest
from answer_bank import Answer, Assignment, assignments, compose, read_answer
from temporary_course import hand_in, make_course

from autograder.grading import grade
from autograder.release import read, release, source_notebook
from autograder.submission import find_tasks, find_tests, task_of

ASSIGNMENTS = assignments()
BANKS = {assignment: assignment.bank() for assignment in ASSIGNMENTS}
ANSWERS = [
    pytest.param(
        assignment, answer, id=f"{assignment.name}/{answer.task}/{answer.name}"
    )
    for assignment, bank in BANKS.items()
    for answer in bank
]


@dataclass(frozen=True)
class Graded:
    """What a class earned whose submissions were composed of the bank."""

    scores: list[dict[str, float | None]]
    errors: list[dict[str, str]]
    highest: dict[str, float]
    submissions: list[dict[str, Answer]]

    def with_answer(self, answer: Answer) -> list[int]:
        """List the submissions that hold an answer."""
        return [
            number
            for number, submission in enumerate(self.submissions)
            if submission[answer.task] == answer
        ]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grade the submissions of an assignment, once."""

    @cache
    def grade_bank(assignment: Assignment) -> Graded:
        name = assignment.name
        folder = tmp_path_factory.mktemp(name)
        course = make_course(folder, assignment.solutions, name)
        release(course, name)
        submissions = compose(BANKS[assignment])
        students = [f"student-{number:02}" for number in range(len(submissions))]
        for student, submission in zip(students, submissions, strict=True):
            texts = {task: answer.text for task, answer in submission.items()}
            hand_in(course, name, student, texts)
        failed = [o.reason for o in grade(course, name) if o.done != "graded"]
        assert not failed
        scores, errors = [], []
        with course.gradebook() as gradebook:
            for student in students:
                notebook = gradebook.find_submission_notebook(name, name, student)
                scores.append({row.name: row.auto_score for row in notebook.grades})
                highest = {row.name: row.max_score for row in notebook.grades}
                path = course.folder("autograded", name, student) / f"{name}.ipynb"
                errors.append(recorded_errors(read(path)))
        tests = {*find_tests(read(path))}
        highest = {test: highest[test] for test in tests}
        return Graded(scores, errors, highest, submissions)

    return grade_bank


def recorded_errors(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """Map each failed test to the message of its error, as feedback shows it."""
    return {
        name: output.evalue
        for name, cell in find_tests(notebook).items()
        for output in cell.outputs
        if output.output_type == "error"
    }


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda a: a.name)
def test_the_bank_covers_every_task(assignment, tmp_path):
    course = make_course(tmp_path, assignment.solutions, assignment.name)
    notebook = source_notebook(course, assignment.name)
    tests = list(find_tests(notebook))
    tasks = [
        name for name, cell in find_tasks(notebook).items() if cell.cell_type == "code"
    ]
    bank = BANKS[assignment]
    assert {answer.task for answer in bank} == set(tasks)
    for task in tasks:
        answers = [answer for answer in bank if answer.task == task]
        right = {answer.text for answer in answers if answer.is_right}
        wrong = {answer.text for answer in answers if not answer.is_right}
        assert len(right) >= 3, f"{task} has {len(right)} right answers"
        assert len(wrong) >= 3, f"{task} has {len(wrong)} wrong answers"
        own = {test for test in tests if task_of(test, tasks) == task}
        assert own, f"{task} has no tests"
        for answer in answers:
            assert set(answer.loses) <= own, f"{answer.name} loses what isn't its own"


@pytest.mark.slow
@pytest.mark.parametrize(("assignment", "answer"), ANSWERS)
def test_an_answer_gets_what_it_deserves(graded, assignment, answer):
    """Its task's points are right in every submission that holds it."""
    found = graded(assignment)
    tasks = sorted(found.submissions[0])
    own = [test for test in found.highest if task_of(test, tasks) == answer.task]
    places = found.with_answer(answer)
    assert places
    for place in places:
        earned = {test: found.scores[place][test] for test in own}
        deserved = {
            test: 0 if test in answer.loses else found.highest[test] for test in own
        }
        assert earned == deserved, found.errors[place]
        if not answer.is_right:
            assert answer.hint in found.errors[place][answer.loses[0]]


@pytest.mark.slow
@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda a: a.name)
def test_wrong_answers_do_not_touch_other_tasks(graded, assignment):
    """Whatever stands beside it, a right answer earns all, a wrong one its part."""
    found = graded(assignment)
    mixed = 0
    for scores, submission in zip(found.scores, found.submissions, strict=True):
        lost = {test for answer in submission.values() for test in answer.loses}
        assert {test for test in found.highest if not scores[test]} == lost
        kinds = {answer.is_right for answer in submission.values()}
        mixed += kinds == {True, False}
    assert mixed, "no submission has a right answer beside a wrong one"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("almost.py", "pass"),
        ("wrong_no_header.py", "def double(number):\n    return 1\n\n"),
        ("wrong_order.py", "# loses: a-b\n# mistake: 1\n# hint: c\n"),
        ("wrong_empty.py", "# mistake: 1 that\n# loses: a-b\n# hint: \n"),
        ("wrong_short.py", "# mistake: 1 that\n"),
    ],
)
def test_an_answer_without_its_header_is_refused(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=re.escape(name) + "|zip"):
        read_answer(tmp_path / name)
