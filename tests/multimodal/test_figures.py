"""Figures: the course's style, images in rows, and curves that grow."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from PIL import Image

from multimodal import figures


@pytest.fixture(autouse=True)
def _no_windows():
    plt.switch_backend("agg")
    yield
    plt.close("all")


def shown(figure) -> list[np.ndarray]:
    return [
        np.asarray(axis.images[0].get_array()) for axis in figure.axes if axis.images
    ]


def test_images_of_every_kind_are_drawn_as_they_are():
    pixels = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    tensor = torch.from_numpy(pixels).permute(2, 0, 1) / 255
    figure = figures.show_images([pixels, Image.fromarray(pixels), tensor], columns=2)
    assert len(figure.axes) == 4  # two rows of two, the last one empty
    first, second, third = shown(figure)
    assert np.array_equal(first, pixels) and np.array_equal(second, pixels)
    assert np.allclose(third, pixels / 255)


def test_bad_arguments_are_explained():
    with pytest.raises(ValueError, match="no image to show"):
        figures.show_images([])
    with pytest.raises(ValueError, match="1 images need as many titles, got 2"):
        figures.show_images([np.zeros((2, 2))], titles=["a", "b"])
    with pytest.raises(ValueError, match="at least one column"):
        figures.show_images([np.zeros((2, 2))], columns=0)
    with pytest.raises(ValueError, match=r"shape \(3, height, width\)"):
        figures.show_images([torch.zeros(2, 5, 5)])


class Handle:
    """What a notebook gives for an output that can be drawn again."""

    def __init__(self):
        self.drawn = []

    def update(self, figure):
        self.drawn.append(figure)


def test_a_live_curve_is_one_output_drawn_again_and_again(monkeypatch):
    handle, first = Handle(), []

    def display(figure, display_id):
        first.append(figure)
        return handle

    monkeypatch.setattr(figures, "display", display)
    accuracies = iter([0.1, 0.4, 0.6])
    curve = figures.LiveCurve(steps=25, measure=lambda: next(accuracies), every=10)
    for step in range(25):
        curve(step, loss=5 - step / 10)
    assert curve.accuracies == {10: 0.1, 20: 0.4, 25: 0.6}  # the last one, too
    assert len(first) == 1 and len(handle.drawn) == 2
    left, right = handle.drawn[-1].axes
    assert len(left.lines[0].get_ydata()) == 25
    assert list(right.lines[0].get_ydata()) == [0.1, 0.4, 0.6]
    assert not plt.get_fignums()  # a cell would show an open figure once more
