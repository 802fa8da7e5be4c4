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


def test_similarities_have_a_row_for_each_image_and_a_column_for_each_text():
    """The image is at the height of its row, the text above its column."""
    similarities = torch.tensor([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    images = [np.full((4, 4, 3), value, dtype=np.uint8) for value in (10, 200)]
    figure = figures.show_similarities(similarities, images, ["one", "two", "three"])
    axis = figure.axes[0]
    figure.canvas.draw()
    written = {}
    for text in axis.texts:
        column, row = text.get_position()
        written[row, column] = float(text.get_text())
    assert written[0, 2] == pytest.approx(0.3) and written[1, 0] == pytest.approx(0.4)
    names = [label.get_text() for label in axis.get_xticklabels()]
    assert names == ["one", "two", "three"] and axis.images[0].get_array()[0, 2] > 0.29
    first, second = axis.child_axes
    assert first.images[0].get_array().max() == 10
    higher = first.get_window_extent().y0 > second.get_window_extent().y0
    top_row = axis.transData.transform((0, 0))[1] > axis.transData.transform((0, 1))[1]
    assert higher and top_row
    with pytest.raises(ValueError, match="2 images and 2 texts"):
        figures.show_similarities(similarities, images, ["one", "two"])


def test_the_numbers_of_a_square_table_belong_to_their_image_and_text(
    read_similarities,
):
    """Transposed it would look the same: nothing but the places can tell."""
    similarities = torch.tensor([[0.9, 0.1, 0.2], [0.3, 0.8, 0.4], [0.5, 0.6, 0.7]])
    images = [np.full((4, 4, 3), value, dtype=np.uint8) for value in (10, 100, 200)]
    figure = figures.show_similarities(similarities, images, ["one", "two", "three"])
    seen, texts, numbers = read_similarities(figure)
    assert [image.max() for image in seen] == [10, 100, 200]
    assert texts == ["one", "two", "three"]
    assert numbers == pytest.approx(similarities.numpy(), abs=0.001)
    (coloured,) = figure.axes[0].images
    assert np.allclose(coloured.get_array(), similarities)
    assert coloured.origin == "upper"
