"""The bank of right and wrong answers to the tasks of the assignments.

An answer is a file `<assignment>/<task>/right_<style>.py` or `wrong_<name>.py`: the
text of the task's cell. A wrong one starts with a header that says which mistake it
makes, which tests it has to fail, and what the first of them has to tell the student:

    # mistake: 1 reshape where a transpose is needed
    # loses: patchify-values, patchify-inverse
    # hint: did you reshape where a transpose is needed
"""

import re
from dataclasses import dataclass
from pathlib import Path

from temporary_course import FIXTURES, ROOT

HEADER = ("mistake", "loses", "hint")


@dataclass(frozen=True)
class Assignment:
    """An assignment and where its text and its answers are."""

    name: str
    solutions: Path
    answers: Path

    def bank(self) -> list["Answer"]:
        """Read all answers."""
        files = sorted(self.answers.glob("*/*.py"))
        return [read_answer(path) for path in files]


@dataclass(frozen=True)
class Answer:
    """An answer to a task: its text and, for a wrong one, what its header says."""

    task: str
    name: str
    text: str
    mistake: str = ""
    loses: tuple[str, ...] = ()
    hint: str = ""

    @property
    def is_right(self) -> bool:
        return self.name.startswith("right_")


def read_answer(path: Path) -> Answer:
    """Read a file of the bank.

    Raises:
        ValueError: it is called otherwise than right_ or wrong_, or a wrong one lacks a
            line of its header.
    """
    task, name, text = path.parent.name, path.stem, path.read_text(encoding="utf-8")
    if name.startswith("right_"):
        return Answer(task, name, text)
    if not name.startswith("wrong_"):
        raise ValueError(f"{path} should be called right_... or wrong_...")
    lines = text.splitlines()[: len(HEADER)]
    values = []
    for word, line in zip(HEADER, lines, strict=True):
        match = re.fullmatch(rf"# {word}: (\S.*)", line)
        if not match:
            raise ValueError(
                f"{path}: a line '# {word}: ...' is expected, not {line!r}"
            )
        values.append(match[1].strip())
    mistake, loses, hint = values
    return Answer(task, name, text, mistake, tuple(re.split(r",\s*", loses)), hint)


def assignments() -> list[Assignment]:
    """List the made-up assignment and all of the course."""
    course = FIXTURES / "course" / "solutions"
    found = [Assignment("arithmetic", course, FIXTURES / "answers" / "arithmetic")]
    for folder in sorted((ROOT / "solutions").iterdir()):
        if (folder / f"{folder.name}.md").exists():
            answers = ROOT / "tests" / "answers" / folder.name
            found.append(Assignment(folder.name, folder.parent, answers))
    return found


def compose(bank: list[Answer]) -> list[dict[str, Answer]]:
    """Mix answers into as few submissions as there are answers to one task.

    Each submission answers each task; right and wrong answers take turns, out of step
    from task to task, so that wrong answers stand beside right ones.

    Returns:
        For each submission the answer to each task; each answer is in at least one.
    """
    rows = []
    for number, task in enumerate(sorted({answer.task for answer in bank})):
        right = [answer for answer in bank if answer.task == task and answer.is_right]
        wrong = [a for a in bank if a.task == task and not a.is_right]
        mixed = []
        for index in range(max(len(right), len(wrong))):
            pair = [group[index] for group in (right, wrong) if index < len(group)]
            mixed += pair if number % 2 else pair[::-1]
        rows.append(mixed)
    longest = max(map(len, rows))
    return [
        {row[index % len(row)].task: row[index % len(row)] for row in rows}
        for index in range(longest)
    ]
