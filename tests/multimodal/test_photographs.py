"""A reader's image opens whatever it is, or says what is wrong with it."""

import io

import numpy as np
import pytest
from PIL import Image

from multimodal import photographs
from multimodal.photographs import (
    PHOTOGRAPHS,
    ImageError,
    open_image,
    photograph,
    square,
    to_rgb,
)


def encoded(image: Image.Image, format_: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=format_, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_photographs_open(name):
    image = photograph(name)
    assert image.mode == "RGB" and min(image.size) >= 300
    assert np.asarray(image).std() > 10


def test_unknown_photograph_lists_the_known_ones():
    with pytest.raises(ValueError, match="no photograph 'dog'.*'cat'"):
        photograph("dog")


@pytest.mark.parametrize(
    "mode",
    ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr"]
    + ["LAB", "HSV", "I", "I;16", "F"],
)
def test_every_mode_becomes_rgb(mode):
    image = Image.new(mode, (6, 4))
    rgb = to_rgb(image)
    assert rgb.mode == "RGB" and rgb.size == (6, 4)


@pytest.mark.parametrize(
    ("mode", "white"), [("1", 1), ("L", 255), ("I;16", 65535), ("I", 65535), ("F", 1.0)]
)
def test_white_stays_white_whatever_the_range(mode, white):
    image = Image.new(mode, (2, 2), white)
    image.putpixel((0, 0), 0)
    pixels = np.asarray(to_rgb(image))
    assert (pixels[0, 0] == 0).all() and (pixels[1, 1] == 255).all()


def test_transparent_parts_become_white_not_black():
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    image.putpixel((1, 0), (200, 0, 0, 255))
    pixels = np.asarray(open_image(encoded(image)))
    assert pixels.tolist() == [[[255, 255, 255], [200, 0, 0]]]
    palette = image.convert("P")
    palette.info["transparency"] = palette.getpixel((0, 0))
    assert np.asarray(to_rgb(palette))[0, 0].tolist() == [255, 255, 255]


def test_exif_rotation_is_undone():
    image = Image.new("RGB", (4, 2))
    image.putpixel((0, 0), (255, 255, 255))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: shown upright it is 2 wide, 4 high
    opened = open_image(encoded(image, exif=exif))
    assert opened.size == (2, 4)
    assert opened.getpixel((1, 0)) == (255, 255, 255)


def test_animation_gives_its_first_frame():
    frames = [Image.new("RGB", (3, 3), colour) for colour in ("red", "blue")]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert open_image(content).getpixel((1, 1)) == (255, 0, 0)


def test_square_crops_the_middle_without_distortion():
    image = Image.new("RGB", (300, 100), "black")
    image.paste("white", (100, 0, 200, 100))
    assert np.asarray(square(image, 50)).min() > 200
    with pytest.raises(ValueError, match="at least one pixel"):
        square(image, 0)


def test_errors_say_what_is_wrong(tmp_path, monkeypatch):
    whole = encoded(Image.effect_noise((64, 64), 50))
    wrong = {
        "empty.png": (b"", "empty"),
        "text.png": (b"Dear student,", "not an image"),
        "broken.png": (whole[: len(whole) // 2], "broken"),
    }
    for name, (content, message) in wrong.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ImageError, match=f"{name} is {message}"):
            open_image(tmp_path / name)
        with pytest.raises(ImageError, match=f"the image is {message}"):
            open_image(content)
    with pytest.raises(ImageError, match="there is no file"):
        open_image(tmp_path / "missing.png")
    with pytest.raises(ImageError, match="can't be read"):
        open_image(tmp_path)
    monkeypatch.setattr(photographs, "MAX_PIXELS", 1000)
    with pytest.raises(ImageError, match="64 x 64 pixels, more than"):
        open_image(whole)


def test_a_decompression_bomb_is_refused_before_it_is_unpacked():
    header = encoded(Image.new("1", (1, 1)))
    import struct
    import zlib

    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + size
    bomb = header[:8] + struct.pack(">I", 13) + chunk
    bomb += struct.pack(">I", zlib.crc32(chunk)) + header[33:]
    with pytest.raises(ImageError, match="pixels|absurdly large"):
        open_image(bomb)
