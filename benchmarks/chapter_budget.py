"""Run each chapter and compare it with its budget: 300 seconds and 2.5 GB.

    python benchmarks/chapter_budget.py [CHAPTER...]

Ends with 1 if one takes more, or stops with an error.
"""

import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import psutil
from myst_nb.core.read import read_myst_markdown_notebook
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the book is not installed, as the packages are

from book.extension.quote import expand  # noqa: E402

SECONDS = 300.0  # with the start of Python and all imports
GIGABYTES = 2.5  # at the peak, of the kernel and the processes that it starts


def main(names: list[str]) -> int:
    """Run each chapter once and print what it took."""
    paths = sorted((ROOT / "chapters").glob("*.md"))
    if unknown := set(names) - {path.stem for path in paths}:
        known = ", ".join(path.stem for path in paths)
        print(f"There is no chapter {min(unknown)!r}. The chapters are: {known}")
        return 2
    bad = 0
    print(
        f"{'chapter':<34} {'wall':>8} {'peak memory':>12}   "
        f"budget {SECONDS:.0f} s wall, {GIGABYTES} GB"
    )
    for path in paths:
        if names and path.stem not in names:
            continue
        text = expand(path.read_text(encoding="utf-8"), ROOT, path.name)
        seconds, gigabytes, error = measure(read_myst_markdown_notebook(text))
        result = "within"
        if seconds > SECONDS or gigabytes > GIGABYTES:
            result = "OVER"
        if error:  # then it has skipped its work
            result = f"FAILED: {error}"
        bad += result != "within"
        print(f"{path.stem:<34} {seconds:>6.1f} s {gigabytes:>9.2f} GB   {result}")
    return 1 if bad else 0


def measure(notebook: nbformat.NotebookNode) -> tuple[float, float, str]:
    """Run a notebook in a fresh kernel and an empty folder.

    Returns:
        the seconds it took, the gigabytes at its peak, and the error that ended it,
        an empty text if there was none.
    """
    peak, done, error = 0, threading.Event(), ""
    before = {process.pid for process in psutil.Process().children(recursive=True)}

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.1):
            peak = max(peak, memory(before))

    with tempfile.TemporaryDirectory() as folder:
        watcher = threading.Thread(target=watch)
        start = time.perf_counter()
        watcher.start()
        try:
            resources = {"metadata": {"path": folder}}
            NotebookClient(notebook, timeout=3600, resources=resources).execute()
        except CellExecutionError as failure:
            error = f"{failure.ename}: {failure.evalue}"
        except DeadKernelError:
            error = "the kernel died; is there too little memory?"
        finally:
            done.set()
            watcher.join()
        return time.perf_counter() - start, peak / 1e9, error


def memory(others: set[int]) -> int:
    """Bytes that this program's children hold, but for those that were there before."""
    total = 0
    for process in psutil.Process().children(recursive=True):
        if process.pid not in others:
            try:
                total += process.memory_info().rss
            except psutil.Error:  # it has ended
                continue
    return total


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
