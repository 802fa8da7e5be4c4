"""Fixtures that several folders of tests use."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import huggingface_hub.constants
import numpy as np
import pytest
from xdist.scheduler import LoadScopeScheduling

BOOK = ("test_pages", "test_quote", "test_notebooks")  # they read the built book
SIGHT = re.compile(r"\[(.+?)(-(desktop|phone)-(light|dark))?\]$")


def group_of(nodeid: str) -> str:
    """Name the group of a test: tests that share what takes long to make.

    A file's tests stay together. So do all that read the built book; the bank of
    answers is divided by its assignments, and the browser's tests by their pages.
    """
    file, _, test = nodeid.partition("::")
    name = Path(file).stem
    if name in BOOK:
        return "book"
    if name == "test_answer_bank" and (bank := re.search(r"\[(ps\d+)", test)):
        return f"{file} {bank[1]}"
    if name == "test_browser" and (page := SIGHT.search(test)):
        return f"{file} {page[1]}"
    return file


def turn_of(item: pytest.Item) -> int:
    """Say when a test's group begins, so that no process waits in the end.

    First those for which the book is built, which takes longest; then the bank of
    answers and all that needs no book; and the browser, when the book is there.
    """
    turns = {name: 0 for name in BOOK} | {"test_answer_bank": 1, "test_browser": 3}
    return turns.get(item.path.stem, 2)


class TogetherScheduling(LoadScopeScheduling):
    """Hand groups of tests to processes, in the order of their turns."""

    def __init__(self, config: pytest.Config, log: object):
        super().__init__(config, log)
        config.option.loadscopereorder = False  # not by their number of tests

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


@pytest.hookimpl(optionalhook=True)  # without pytest-xdist, too
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Take the groups above for `pytest -n`."""
    return TogetherScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the groups come in the order of their turns."""
    items.sort(key=turn_of)


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch) -> Callable[[str, Path], Path]:
    """An empty cache of the Hugging Face hub, which itself doesn't answer.

    Returns:
        A function `publish(name, folder)` that puts the files of a folder into the
        cache, as if they had been downloaded from the model of that name, and returns
        the place in the cache. Programs that the test starts see the cache, too.
    """
    cache = tmp_path / "hub"
    cache.mkdir()
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)

    def publish(name: str, folder: Path) -> Path:
        commit = "0123456789abcdef0123456789abcdef01234567"
        model = cache / f"models--{name.replace('/', '--')}"
        (model / "refs").mkdir(parents=True, exist_ok=True)
        (model / "refs" / "main").write_text(commit)
        return Path(
            shutil.copytree(folder, model / "snapshots" / commit, dirs_exist_ok=True)
        )

    return publish


@pytest.fixture
def read_similarities() -> Callable:
    """Read a table of similarities as one sees it, from the places of what is drawn.

    Returns:
        A function of a figure. It gives the images from top to bottom, the texts from
        left to right, and the numbers as an array with a row for each image.
    """

    def read(figure) -> tuple[list[np.ndarray], list[str], np.ndarray]:
        figure.canvas.draw()
        (axis,) = figure.axes
        to_screen = axis.transData.transform
        numbers = [(*to_screen(t.get_position()), t.get_text()) for t in axis.texts]
        heights = sorted({y for _, y, _ in numbers}, reverse=True)
        lefts = sorted({x for x, _, _ in numbers})
        table = np.empty((len(heights), len(lefts)))
        for x, y, number in numbers:
            table[heights.index(y), lefts.index(x)] = float(number)
        images = {}
        for child in axis.child_axes:
            box = child.get_window_extent()
            images[(box.y0 + box.y1) / 2] = np.asarray(child.images[0].get_array())
        ticks = zip(axis.get_xticks(), axis.get_xticklabels(), strict=True)
        texts = {to_screen((x, 0))[0]: label.get_text() for x, label in ticks}
        # each number stands beside an image and beneath a text
        assert np.allclose(sorted(images, reverse=True), heights, atol=2)
        assert np.allclose(sorted(texts), lefts, atol=2)
        return (
            [images[y] for y in sorted(images, reverse=True)],
            [texts[x] for x in sorted(texts)],
            table,
        )

    return read
