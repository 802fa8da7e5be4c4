"""Time the notebooks of the assignments, solved, against their budget of 30 seconds.

    python benchmarks/exercise_time.py [ASSIGNMENT...]

Ends with 1 if one takes longer, or stops with an error.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from autograder.check import has_error, run
from autograder.course import Course
from autograder.release import source_notebook

BUDGET = 30.0  # seconds, with the start of Python and all imports


def main(names: list[str]) -> int:
    """Run each notebook once and print how long it took."""
    course = Course.open(Path(__file__).parents[1] / "autograder")
    bad = 0
    print(f"{'assignment':<28} {'wall':>8} {'CPU':>8}   budget {BUDGET:.0f} s wall")
    for name in names or course.assignments():
        notebook = source_notebook(course, name)
        with tempfile.TemporaryDirectory() as folder:
            wall, cpu = time.perf_counter(), children_cpu()
            run(notebook, Path(folder), timeout=600)
            wall, cpu = time.perf_counter() - wall, children_cpu() - cpu
        result = "within" if wall <= BUDGET else "OVER"
        if any(map(has_error, notebook.cells)):  # then it may have skipped its work
            result = "FAILED"
        bad += result != "within"
        print(f"{name:<28} {wall:>6.1f} s {cpu:>6.1f} s   {result}")
    return 1 if bad else 0


def children_cpu() -> float:
    """CPU seconds of the kernels that have ended."""
    times = os.times()
    return times.children_user + times.children_system


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
