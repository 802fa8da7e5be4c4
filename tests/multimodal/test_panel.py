"""The panel finds what a search by hand finds, and says what is wrong with a query."""

import base64
import io
import re

import ipywidgets as widgets
import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from multimodal import photographs
from multimodal.clip import CLIP, CLIPConfig, ImageTowerConfig, TextTowerConfig
from multimodal.emoji_scenes import EmojiScenes
from multimodal.locked_clip import LockedCLIP, LockedCLIPConfig
from multimodal.panel import (
    Hit,
    Picture,
    SearchIndex,
    answer,
    query_encoders,
    render_answer,
    render_message,
    respond,
    search_panel,
)
from multimodal.photograph_encoder import PhotographEncoder
from multimodal.photographs import PHOTOGRAPHS, photograph
from multimodal.preprocessing import ImagePreprocessing
from multimodal.scene_pairs import embed_images, embed_texts, scene_tensors
from multimodal.tokenizer import Tokenizer

COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}
CAPTIONS = ["all red", "all green", "all blue", "red & <green>"]


def embed_colours(image: Image.Image) -> Tensor:
    """A model that sees nothing but the mean colour."""
    return torch.tensor(np.asarray(image, dtype=np.float32).mean(axis=(0, 1)) / 255)


def embed_names(text: str) -> Tensor:
    """A model that reads nothing but the names of colours."""
    if "broken" in text:
        raise RuntimeError("out of order")
    if "many" in text:
        raise ValueError("This text has 99 tokens: make it shorter.")
    return torch.tensor([float(name in text) for name in COLOURS]) + 1e-3


def picture(number: int) -> Picture:
    name = list(COLOURS)[number]
    return Picture(Image.new("RGB", (64, 64), COLOURS[name]), f'a "{name}" <thing>')


@pytest.fixture
def index() -> SearchIndex:
    return SearchIndex(
        picture=picture,
        picture_vectors=torch.eye(3),
        captions=CAPTIONS,
        caption_vectors=F.normalize(torch.stack([embed_names(c) for c in CAPTIONS])),
        encode_image=embed_colours,
        encode_text=embed_names,
    )


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def read(answered: str) -> BeautifulSoup:
    return BeautifulSoup(answered, "html.parser")


# The answer


def test_a_text_finds_the_nearest_pictures_with_their_cosines(index):
    hits = answer(index, text="  red and green  ", number=2)
    assert {hit.item.description for hit in hits} == {
        'a "red" <thing>',
        'a "green" <thing>',
    }
    assert hits[0].cosine == pytest.approx(2**-0.5, abs=1e-3)  # of unit vectors
    everything = answer(index, text="blue", number=99)
    assert next(hit.item.description[3:-9] for hit in everything) == "blue"
    cosines = [hit.cosine for hit in everything]
    assert len(cosines) == 3 and cosines == sorted(cosines, reverse=True)


def test_an_image_finds_the_nearest_captions_with_their_cosines(index):
    image = Image.new("RGB", (9, 7), (200, 200, 0))
    for query in (image, saved(image)):
        hits = answer(index, image=query, number=3)
        assert next(hit.item for hit in hits) == "red & <green>"
        assert hits[0].cosine == pytest.approx(1, abs=0.001)
        assert hits[1].cosine == pytest.approx(2**-0.5, abs=0.01)


def test_a_search_needs_one_query(index):
    for queries in ({}, {"text": "red", "image": Image.new("RGB", (1, 1))}):
        with pytest.raises(TypeError, match="a text or an image, and not both"):
            answer(index, **queries)


def test_an_index_that_does_not_fit_together_is_refused(index):
    parts = {name: getattr(index, name) for name in index.__dataclass_fields__}
    for change in (
        {"captions": CAPTIONS[:-1]},
        {"picture_vectors": torch.eye(4)},
    ):
        with pytest.raises(ValueError, match="don't fit together"):
            SearchIndex(**parts | change)
    with pytest.raises(ValueError, match="nothing to search"):
        SearchIndex(**parts | {"picture_vectors": torch.zeros(0, 3)})


# What users may try


def animation() -> bytes:
    """A GIF that begins green and goes on in red."""
    first, *others = (
        Image.new("RGB", (8, 8), COLOURS[name]) for name in ("green", "red", "red")
    )
    return saved(first, "GIF", save_all=True, append_images=others)


def turned() -> bytes:
    """A photograph taken upside down: its blue half is at the top when upright."""
    pixels = np.zeros((8, 8, 3), dtype=np.uint8)
    pixels[4:, :, 2] = 255
    exif = Image.Exif()
    exif[0x0112] = 3  # turn by 180 degrees
    return saved(Image.fromarray(pixels), exif=exif)


@pytest.mark.parametrize(
    ("content", "nearest"),
    [
        (animation(), "all green"),
        (saved(Image.new("L", (5, 5), 128)), "red & <green>"),
        (saved(Image.new("RGBA", (5, 5), (255, 0, 0, 255))), "all red"),
        (saved(Image.new("RGB", (5, 5), "lime").convert("P")), "all green"),
        (saved(Image.new("I;16", (5, 5), 30_000)), "red & <green>"),
        (saved(Image.new("CMYK", (8, 8), (255, 255, 0, 0)), "JPEG"), "all blue"),
        (saved(Image.new("RGB", (1, 1), (0, 0, 255)), "WEBP", lossless=1), "all blue"),
    ],
    ids=["animated GIF", "grey", "alpha", "palette", "16 bits", "CMYK", "one pixel"],
)
def test_images_of_every_kind_are_answered(index, content, nearest):
    page = read(respond(index, image=content))
    assert page.find("li").get_text().startswith(nearest)
    assert page.find(role="alert") is None


def test_a_turned_photograph_is_embedded_and_shown_upright(index):
    seen = []
    object.__setattr__(
        index, "encode_image", lambda image: seen.append(image) or embed_colours(image)
    )
    page = read(respond(index, image=turned()))
    shown = decoded(page.find("img"))
    for image in (seen[0], shown):
        assert image.getpixel((4, 1)) == (0, 0, 255)
        assert image.getpixel((4, 6)) == (0, 0, 0)


def test_a_transparent_image_is_seen_on_white(index):
    clear = Image.new("RGBA", (5, 5), (255, 0, 0, 0))
    assert answer(index, image=saved(clear))[0].cosine < 0.9  # white, not red


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"text": ""}, "The text is empty: write what the images should show"),
        ({"text": " \n\t "}, "The text is empty"),
        ({"text": "a" * 1001}, "has 1,001 characters, more than the 1,000 allowed"),
        ({"text": "too many words"}, "99 tokens: make it shorter"),
        ({"text": "broken"}, "The search failed: RuntimeError: out of order"),
        ({"image": b""}, "is empty"),
        ({"image": b"%PDF-1.7 <script>"}, "is not an image that Pillow knows"),
        ({"image": saved(Image.new("RGB", (99, 99)))[:80]}, "is broken"),
        ({"image": saved(Image.new("1", (1, 21)))}, "1 x 21 pixels, which is too nar"),
        ({"image": saved(Image.new("1", (9000, 9000)))}, "more than the 50 million"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value[:20],
)
def test_what_is_wrong_is_said_in_the_panel(index, query, message):
    page = read(respond(index, **query))
    assert message in page.find(role="alert").get_text()
    assert "Traceback" not in page.get_text() and page.find("img") is None


def test_a_decompression_bomb_is_not_opened(index, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    monkeypatch.setattr(photographs, "MAX_PIXELS", 1000)
    page = read(respond(index, image=saved(Image.new("RGB", (40, 40)))))
    assert "make it smaller first" in page.find(role="alert").get_text()


# What is shown


def decoded(tag) -> Image.Image:
    kind, data = tag["src"].split(",")
    assert kind == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def test_hits_are_shown_with_texts_for_those_who_do_not_see(index):
    page = read(respond(index, text="<b>red</b>", number=3))
    assert page.find("b") is None and "<b>red</b>" in page.get_text()
    assert next(tag["alt"] for tag in page.find_all("img")) == 'a "red" <thing>'
    assert decoded(page.find("img")).getpixel((5, 5)) == COLOURS["red"]
    assert next(li.get_text() for li in page.find_all("li")) == "1.00"
    content = saved(Image.new("RGB", (900, 300), COLOURS["red"]))
    page = read(respond(index, image=content, name='my "red" <i>.png'))
    assert page.find("img")["alt"] == 'my "red" <i>.png' and page.find("i") is None
    assert decoded(page.find("img")).size == (192, 64)  # small, in its proportions
    assert page.find("li").get_text() == "all red (1.00)"
    assert "red & <green> (0.71)" in page.get_text()


def test_an_answer_asks_nothing_of_anybody_and_brings_no_colours():
    """It is on light and on dark pages, and works without a network."""
    for query in ("red", picture(0)):
        hits = [Hit("red" if query == picture(0) else picture(0), 0.5)]
        shown = render_answer(query, hits)
        assert not re.search(r"https?:|url\(|<script|<link", shown)
        assert not re.search(r"[^-]color:|background", shown)
        for style in re.findall(r"width: ([\d.]+)rem", shown):
            assert float(style) < 15  # fits a phone


def test_a_message_is_text():
    assert "&lt;script&gt;" in render_message("<script>")


# The widgets


def parts(panel: widgets.VBox):
    """The widgets of a panel: text, button, upload and the answer."""
    queries, result = panel.children
    return (*queries.children, result)


def send(upload: widgets.FileUpload, content: bytes, name: str) -> None:
    """Tell the widget what a browser tells it when a file was chosen."""
    file = {"name": name, "type": "image/png", "size": len(content)}
    file |= {"content": memoryview(content), "last_modified": 1000}
    upload.set_state({"value": [file]})


def test_a_typed_text_is_answered(index):
    text, find, _, result = parts(search_panel(index, number=2))
    assert "Type a text" in result.value
    text.value = "green"
    assert result.value == respond(index, text="green", number=2)
    text.value = "blue"
    assert result.value == respond(index, text="blue", number=2)
    result.value = ""
    find.click()  # the same once more
    assert result.value == respond(index, text="blue", number=2)


def test_an_uploaded_image_is_answered_also_twice(index):
    text, _, upload, result = parts(search_panel(index, number=2))
    content = saved(Image.new("RGB", (8, 8), COLOURS["blue"]))
    text.value = "red"
    for _ in range(2):
        send(upload, content, "sky.png")
        expected = respond(index, image=content, name="sky.png", number=2)
        assert result.value == expected
        assert text.value == "" and upload.value == ()
        text.value = "red"  # the same as before, and answered
        assert result.value == respond(index, text="red", number=2)


def test_mistakes_are_messages_in_the_panel(index):
    text, find, upload, result = parts(search_panel(index))
    find.click()
    assert "The text is empty" in result.value
    text.value = "  "
    assert "The text is empty" in result.value
    send(upload, b"no image", "notes.txt")
    assert "not an image" in result.value
    text.value = "broken"
    assert "The search failed" in result.value
    text.value = "red"
    assert 'role="alert"' not in result.value and "<img" in result.value


def test_the_widgets_have_names(index):
    text, find, upload, _ = parts(search_panel(index))
    assert all(widget.description for widget in (text, find, upload))
    assert upload.accept == "image/*" and not upload.multiple
    assert not text.continuous_update  # or each letter would be a search


# Models


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    captions = [text for scene in EmojiScenes("train", 20) for text in scene.captions]
    return Tokenizer.learn(captions, 100, context_length=40)


def test_the_clip_of_the_scenes_is_asked_as_it_was_trained(tokenizer):
    """A scene that is uploaded has the vector that it has in the collection."""
    torch.manual_seed(0)
    image = ImageTowerConfig(64, 16, width=32, layers=1, heads=2)
    text = TextTowerConfig(len(tokenizer), 40, width=32, layers=1, heads=2)
    model = CLIP(CLIPConfig(image, text, embedding_width=16))
    scenes = EmojiScenes("S0", 5)[:]
    prepare = ImagePreprocessing((64, 64), crop=True)
    encode_image, encode_text = query_encoders(model, tokenizer, prepare)
    vectors = embed_images(model, scene_tensors([scene.graph for scene in scenes]))
    texts = [scene.captions[0] for scene in scenes]
    for scene, vector in zip(scenes, vectors, strict=True):
        torch.testing.assert_close(encode_image(scene.image), vector)
    expected = embed_texts(model, tokenizer, texts)
    for caption, vector in zip(texts, expected, strict=True):
        torch.testing.assert_close(encode_text(caption), vector)


def test_a_text_that_would_be_cut_is_refused(tokenizer):
    encode_text = query_encoders(torch.nn.Linear(1, 1), tokenizer, None)[1]
    with pytest.raises(ValueError, match="has 39 tokens, and the model reads 38"):
        encode_text("!a" * 19 + "!")
    with pytest.raises(AttributeError, match="encode_text"):  # it went on to the model
        encode_text("!a" * 19)


def test_a_clip_with_a_locked_side_searches_photographs(tokenizer):
    torch.manual_seed(0)
    text = TextTowerConfig(len(tokenizer), 40, width=32, layers=1, heads=2)
    model = LockedCLIP(LockedCLIPConfig(text, 16, image_dropout=0.5))
    encoder = PhotographEncoder()

    def prepare(images):
        return encoder(encoder.preprocess(images))

    encode_image, encode_text = query_encoders(model, tokenizer, prepare)
    pictures = [Picture(photograph(name), name) for name in PHOTOGRAPHS]
    image_vectors = torch.stack([encode_image(p.image) for p in pictures])
    again = encode_image(pictures[0].image)  # nothing is dropped, as in training
    assert torch.equal(again, image_vectors[0])
    captions = [description for _, description in PHOTOGRAPHS.values()]
    text_vectors = torch.stack([encode_text(caption) for caption in captions])
    index = SearchIndex(
        pictures.__getitem__, image_vectors, captions, text_vectors,
        encode_image, encode_text,
    )  # fmt: skip
    cosines = image_vectors @ text_vectors.T
    (hit,) = answer(index, image=pictures[0].image, number=1)
    assert hit.item == captions[cosines[0].argmax()]
    (hit,) = answer(index, text=captions[2], number=1)
    assert hit.item == pictures[cosines[:, 2].argmax()]
    assert hit.cosine == pytest.approx(cosines[:, 2].max().item(), abs=1e-5)
