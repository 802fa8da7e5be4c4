"""Photographs: a few that come with scikit-image, and the reader's own."""

import io
import warnings
from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

PHOTOGRAPHS = {  # file in scikit-image's wheel, what it shows
    "cat": ("chelsea.png", "a tabby cat"),
    "coffee": ("coffee.png", "a cup of coffee with a spoon"),
    "rocket": ("rocket.jpg", "a rocket on its launch pad"),
    "astronaut": ("astronaut.png", "an astronaut in front of a model of a shuttle"),
    "galaxies": ("hubble_deep_field.jpg", "galaxies in the night sky"),
}
MAX_PIXELS = 50_000_000


class ImageError(ValueError):
    """An image can't be used; the message tells why and what to do."""


def photograph(name: str) -> Image.Image:
    """Open one of the photographs that come with scikit-image, as RGB.

    Args:
        name: one of `PHOTOGRAPHS`.
    Raises:
        ValueError: there is no photograph of that name.
    """
    if name not in PHOTOGRAPHS:
        raise ValueError(f"no photograph {name!r}; there are {sorted(PHOTOGRAPHS)}")
    path = files("skimage") / "data" / PHOTOGRAPHS[name][0]
    return open_image(path.read_bytes())


def open_image(source: str | Path | bytes) -> Image.Image:
    """Open an image of any kind as RGB, upright, on white where it is transparent.

    Args:
        source: a file's path or its content.
    Returns:
        The first frame, of the size that it has when shown upright.
    Raises:
        ImageError: the file is missing, empty, broken, not an image, or has more
            than `MAX_PIXELS` pixels.
    """
    if isinstance(source, bytes):
        name, content = "the image", source
    else:
        name = str(source)
        try:
            content = Path(source).read_bytes()
        except FileNotFoundError:
            raise ImageError(f"there is no file {name}: check its path") from None
        except OSError as error:
            raise ImageError(f"{name} can't be read: {error.strerror}") from None
    if not content:
        raise ImageError(f"{name} is empty: save or download it again")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the size is checked right below
            image = Image.open(io.BytesIO(content))
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise ImageError(
                f"{name} has {width} x {height} pixels, more than the "
                f"{MAX_PIXELS // 1_000_000} million allowed: make it smaller first"
            )
        image.load()
        return to_rgb(ImageOps.exif_transpose(image))
    except ImageError:
        raise
    except Image.DecompressionBombError:
        raise ImageError(f"{name} is absurdly large: make it smaller first") from None
    except UnidentifiedImageError:
        raise ImageError(
            f"{name} is not an image that Pillow knows: convert it to PNG or JPEG"
        ) from None
    except Exception as error:  # decoders raise whatever they like on broken data
        raise ImageError(f"{name} is broken ({error}): download it again") from None


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert an image of any Pillow mode to RGB; transparent parts become white."""
    if image.mode in ("I;16", "I;16L", "I;16B", "I;16N", "I", "F"):
        values = np.asarray(image, dtype=np.float64)
        whole = 1.0 if image.mode == "F" else 65535
        values = np.nan_to_num(values, posinf=whole) / max(whole, values.max())
        image = Image.fromarray((values.clip(0, 1) * 255).round().astype(np.uint8))
    if image.mode == "La":  # Pillow converts it to nothing but LA
        image = image.convert("LA")
    if image.mode == "P" or image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def square(image: Image.Image, size: int) -> Image.Image:
    """Crop the largest square from the middle and resize it to `size` pixels a side.

    Raises:
        ValueError: the size is not positive.
    """
    if size < 1:
        raise ValueError(f"an image needs at least one pixel a side, not {size}")
    return ImageOps.fit(image, (size, size), Image.Resampling.BICUBIC)
