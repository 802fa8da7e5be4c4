"""Figures in the style of the book: transparent SVG, one ink, three accents.

The build draws every figure once and shows it twice, for the light and for the dark
theme: what is drawn in `INK` is repainted in `DARK_INK` for the dark one. The accents
and the grey are readable on both grounds, also with a colour-vision deficiency.
"""

from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from IPython import get_ipython
from IPython.display import display
from matplotlib.figure import Figure
from matplotlib_inline.backend_inline import set_matplotlib_formats
from PIL import Image
from torch import Tensor

INK = "#1f2a37"
DARK_INK = "#e3e8ee"
BLUE = "#2f7fc1"
ORANGE = "#d4700f"
GREY = "#7c8792"


def use_course_style() -> None:
    """Make matplotlib draw as the book does, in a notebook as in a script."""
    plt.rcParams.update(
        {
            "figure.facecolor": "none",
            "axes.facecolor": "none",
            "savefig.facecolor": "none",
            "legend.facecolor": "none",
            "legend.frameon": False,
            "text.color": INK,
            "axes.edgecolor": INK,
            "axes.labelcolor": INK,
            "axes.titlecolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "patch.edgecolor": INK,
            "hatch.color": INK,
            "boxplot.boxprops.color": INK,
            "boxplot.whiskerprops.color": INK,
            "boxplot.capprops.color": INK,
            "boxplot.flierprops.color": INK,
            "lines.color": BLUE,
            "grid.color": GREY,
            "grid.alpha": 0.3,
            "grid.linewidth": 0.6,
            "axes.prop_cycle": plt.cycler(color=[BLUE, ORANGE, GREY, INK]),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": 10,
            "axes.labelsize": 10,
            "xtick.labelsize": 9,
            "ytick.labelsize": 9,
            "legend.fontsize": 9,
            "font.size": 10,
            "figure.figsize": (6.4, 3.4),
            "figure.dpi": 100,
            "image.cmap": "viridis",
            "image.interpolation": "nearest",
            "svg.fonttype": "path",
            "svg.hashsalt": "multimodal",
        }
    )
    if get_ipython() is not None:  # a notebook
        # without a date, the same drawing is the same file
        set_matplotlib_formats("svg", bbox_inches="tight", metadata={"Date": None})


def show_images(
    images: Sequence[Image.Image | np.ndarray | Tensor],
    titles: Sequence[str] | None = None,
    columns: int | None = None,
    size: float = 1.5,
) -> Figure:
    """Draw images in rows, without axes.

    Args:
        images: PIL images, `uint8` arrays `(height, width[, 3])`, or float tensors
            `(3, height, width)` or `(height, width)` with values from 0 to 1.
        titles: one line above each image.
        columns: images in a row; all in one row, up to eight, when left out.
        size: side of an image on the page, in inches.
    Returns:
        the figure, which a notebook shows at the end of its cell.
    Raises:
        ValueError: no image, or not as many titles as images, or fewer than one column.
    """
    if not len(images):
        raise ValueError("there is no image to show: `images` is empty")
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"{len(images)} images need as many titles, got {len(titles)}")
    columns = min(len(images), 8) if columns is None else columns
    if columns < 1:
        raise ValueError(f"a row needs at least one column, got columns={columns}")
    rows = -(-len(images) // columns)
    title_height = 0.35 if titles is not None else 0.05
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(size * columns, (size + title_height) * rows),
        squeeze=False,
        layout="constrained",
    )
    for axis in axes.flat:
        axis.axis("off")
    for index, (axis, image) in enumerate(zip(axes.flat, images, strict=False)):
        pixels = _pixels(image)
        axis.imshow(pixels, cmap="gray" if pixels.ndim == 2 else None)
        if titles is not None:
            axis.set_title(titles[index])
    return figure


def show_similarities(
    similarities: Tensor,
    images: Sequence[Image.Image | np.ndarray | Tensor],
    texts: Sequence[str],
) -> Figure:
    """Draw how similar images and texts are: a row for each image.

    Args:
        similarities: (images, texts).
        images: drawn at the left, as in `show_images`.
        texts: written above the columns.
    Returns:
        the figure.
    Raises:
        ValueError: not as many images as rows, or texts as columns.
    """
    rows, columns = similarities.shape
    if (rows, columns) != (len(images), len(texts)):
        raise ValueError(
            f"{len(images)} images and {len(texts)} texts need similarities of shape "
            f"({len(images)}, {len(texts)}), got {tuple(similarities.shape)}"
        )
    figure, axis = plt.subplots(figsize=(1.6 + 0.62 * columns, 1.9 + 0.62 * rows))
    axis.imshow(similarities.detach().cpu().numpy(), aspect="auto")
    middle = (similarities.max() + similarities.min()) / 2
    for row in range(rows):
        for column in range(columns):
            value = similarities[row, column].item()
            colour = "white" if value < middle else "black"
            axis.text(column, row, f"{value:.2f}", color=colour, fontsize=8,
                      ha="center", va="center")  # fmt: skip
        box = axis.inset_axes((-1.5, row - 0.45, 0.9, 0.9), transform=axis.transData)
        box.imshow(_pixels(images[row]))
        box.axis("off")
    axis.set_xticks(range(columns), texts, rotation=40, ha="left", fontsize=8)
    axis.xaxis.tick_top()
    axis.set_yticks([])
    for side in ("left", "bottom"):
        axis.spines[side].set_visible(False)
    return figure


class LiveCurve:
    """The curves of a training, drawn anew in a notebook while it runs.

    Give it to `train_classifier` as `on_step`.

    Args:
        steps: number of updates of the whole training.
        measure: gives the accuracy of the model as it is now, from 0 to 1.
        every: updates from one measurement, and drawing, to the next.
        name: of what is measured.
    """

    def __init__(
        self,
        steps: int,
        measure: Callable[[], float],
        every: int = 100,
        name: str = "accuracy",
    ):
        self.steps, self.measure, self.every, self.name = steps, measure, every, name
        self.losses: list[float] = []
        self.accuracies: dict[int, float] = {}
        self.display = None

    def __call__(self, step: int, loss: float) -> None:
        """Note the loss of an update; measure and draw, if it is time."""
        self.losses.append(loss)
        if (step + 1) % self.every and step + 1 != self.steps:
            return
        self.accuracies[step + 1] = self.measure()
        figure = self.draw()
        if self.display is None:
            self.display = display(figure, display_id=True)
        else:
            self.display.update(figure)
        plt.close(figure)  # or the cell would show it once more

    def draw(self) -> Figure:
        """Draw the losses, and the accuracies beside them."""
        figure, (left, right) = plt.subplots(
            1, 2, figsize=(6.2, 2.6), layout="constrained"
        )
        left.plot(self.losses, linewidth=0.7, color=BLUE)
        left.set(xlabel="update", ylabel="loss", ylim=(0, None))
        right.plot(
            list(self.accuracies),
            list(self.accuracies.values()),
            color=BLUE,
            marker=".",
        )
        right.set(xlabel="update", ylabel=self.name, ylim=(0, 1))
        for axis in (left, right):
            axis.set_xlim(0, self.steps)
        return figure


def _pixels(image: Image.Image | np.ndarray | Tensor) -> np.ndarray:
    """What matplotlib draws: `(height, width)` or `(height, width, 3 or 4)`."""
    if isinstance(image, Image.Image):
        if image.mode not in ("L", "RGB", "RGBA"):
            image = image.convert("RGB")
        return np.asarray(image)
    if isinstance(image, Tensor):
        array = image.detach().cpu().float().numpy()
        if array.ndim == 3:
            array = array.transpose(1, 2, 0)  # (height, width, channels)
        if array.ndim not in (2, 3) or (
            array.ndim == 3 and array.shape[2] not in (1, 3)
        ):
            raise ValueError(
                "a tensor to show has the shape (3, height, width) or (height, width), "
                f"got {tuple(image.shape)}"
            )
        array = array.clip(0, 1)
        return array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array
    return np.asarray(image)
