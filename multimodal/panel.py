"""A panel to search with: a text finds images, an image finds captions."""

import base64
import html
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import ipywidgets as widgets
import torch
from PIL import Image, ImageOps
from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.photographs import open_image, to_rgb
from multimodal.search import exact_search
from multimodal.tokenizer import Tokenizer, split_words


class Picture(NamedTuple):
    """An image, and the words that stand for it where it can't be seen."""

    image: Image.Image
    description: str


class Hit(NamedTuple):
    """What a search found, and its cosine with the query."""

    item: Picture | str
    cosine: float


@dataclass(frozen=True)
class SearchIndex:
    """Pictures and captions with their vectors, and how to embed a query.

    Args:
        picture: gives the picture of a number; it is asked only for what is shown.
        picture_vectors: unit vectors (pictures, width).
        captions: that an image can find.
        caption_vectors: unit vectors (captions, width).
        encode_image, encode_text: give the vector (width,) of an RGB image, of a text.
            A ValueError that they raise is shown to the user.
    Raises:
        ValueError: the vectors don't fit together or to the captions, or there are
            none.
    """

    picture: Callable[[int], Picture]
    picture_vectors: Tensor
    captions: Sequence[str]
    caption_vectors: Tensor
    encode_image: Callable[[Image.Image], Tensor]
    encode_text: Callable[[str], Tensor]

    def __post_init__(self):
        pictures, captions = self.picture_vectors.shape, self.caption_vectors.shape
        if len(self.captions) != captions[0] or pictures[1] != captions[1]:
            raise ValueError(
                f"{len(self.captions)} captions with vectors {tuple(captions)} and "
                f"pictures with vectors {tuple(pictures)} don't fit together: each "
                "needs a vector, all of one width"
            )
        if 0 in (*pictures, *captions):
            raise ValueError("there is nothing to search: give pictures and captions")


def check_length(text: str, tokenizer: Tokenizer) -> None:
    """Refuse a text that the tokenizer would cut.

    Raises:
        ValueError: it has more tokens than fit between START and END.
    """
    tokens = sum(len(tokenizer.word_pieces(word)) for word in split_words(text))
    most = tokenizer.context_length - 2
    if tokens > most:
        raise ValueError(
            f"This text has {tokens} tokens, and the model reads {most} at most: "
            "make it shorter."
        )


def query_encoders(
    model: nn.Module,
    tokenizer: Tokenizer,
    prepare: Callable[[Sequence[Image.Image]], Tensor],
) -> tuple[Callable[[Image.Image], Tensor], Callable[[str], Tensor]]:
    """Make the two functions that a `SearchIndex` needs from a model.

    Args:
        model: a `CLIP` or a `LockedCLIP`, in evaluation mode from now on.
        tokenizer: of its text tower.
        prepare: turns images into the input of its image side: for a `CLIP` an
            `ImagePreprocessing`, for a `LockedCLIP` a `PhotographEncoder` after its
            `preprocess`.
    Returns:
        `encode_image` and `encode_text`, which give vectors (width,) on the CPU.
    """
    device = next(model.eval().parameters()).device

    @torch.inference_mode()
    def encode_image(image: Image.Image) -> Tensor:
        return model.encode_image(prepare([image]).to(device))[0].cpu()

    @torch.inference_mode()
    def encode_text(text: str) -> Tensor:
        check_length(text, tokenizer)
        return model.encode_text(tokenizer([text]).to(device))[0].cpu()

    return encode_image, encode_text


def read_query_text(text: str, longest: int = 1000) -> str:
    """Give a text without the space around it, if there is something to search for.

    Args:
        text: as somebody typed it.
        longest: most characters; a check that costs nothing, before any model's own.
    Raises:
        ValueError: it is empty, or longer than that.
    """
    if not text.strip():
        raise ValueError("The text is empty: write what the images should show.")
    if len(text) > longest:
        raise ValueError(
            f"This text has {len(text):,} characters, more than the {longest:,} "
            "allowed: make it shorter."
        )
    return text.strip()


def read_query_image(image: Image.Image | bytes, most: int = 20) -> Image.Image:
    """Make an image of any kind one that can be embedded: RGB, upright, one frame.

    Args:
        image: a Pillow image or the content of a file.
        most: how often its longer side may hold the shorter one.
    Raises:
        ValueError: it is broken, not an image, too large (see `open_image`) or too
            narrow.
    """
    if isinstance(image, Image.Image):
        image = to_rgb(ImageOps.exif_transpose(image))
    else:
        image = open_image(image)
    if max(image.size) > most * min(image.size):
        width, height = image.size
        raise ValueError(
            f"This image has {width} x {height} pixels, which is too narrow: crop it "
            f"until one side is at most {most} times the other."
        )
    return image


def answer(
    index: SearchIndex,
    text: str | None = None,
    image: Image.Image | bytes | None = None,
    number: int = 6,
) -> list[Hit]:
    """Find the pictures nearest to a text, or the captions nearest to an image.

    Args:
        index: what is searched.
        text, image: the query; one of the two.
        number: how many to find; all, if there are fewer.
    Returns:
        Hits, the largest cosine first; their items are pictures for a text and
        captions for an image.
    Raises:
        TypeError: both were given, or neither.
        ValueError: the text is empty or too long, or the image can't be used; the
            message is for whoever made the query.
    """
    if (text is None) == (image is None):
        raise TypeError("a search needs a text or an image, and not both")
    if image is None:
        query = index.encode_text(read_query_text(text))
        vectors, item = index.picture_vectors, index.picture
    else:
        query = index.encode_image(read_query_image(image))
        vectors, item = index.caption_vectors, index.captions.__getitem__
    unit = F.normalize(query[None], dim=1)
    cosines, places = exact_search(unit, vectors, number)
    found = zip(places[0].tolist(), cosines[0].tolist(), strict=True)
    return [Hit(item(place), cosine) for place, cosine in found]


def thumbnail(picture: Picture, side: int = 192) -> str:
    """Write a picture small, as an HTML element that holds all of its data.

    Args:
        picture: its description becomes the alternative text.
        side: most pixels of its longer side.
    """
    small, file = picture.image.copy(), io.BytesIO()
    small.thumbnail((side, side))
    small.save(file, "PNG")
    data, alt = base64.b64encode(file.getvalue()).decode(), picture.description
    style = "display: block; width: 100%; height: auto; padding: 0"
    return (
        f'<img src="data:image/png;base64,{data}" alt="{html.escape(alt)}" '
        f'class="dark-light" style="{style}">'
    )


def render_answer(query: str | Picture, hits: Sequence[Hit]) -> str:
    """Show what was found as HTML: a grid of pictures, or an image beside captions.

    Colours and sizes of letters are those of the page around it.

    Args:
        query: the text, or the image that was asked with.
        hits: from `answer`.
    """
    style = "text-align: left; overflow-wrap: anywhere; margin: 0.5rem 0"
    if isinstance(query, str):
        said = f"The images nearest to “{html.escape(query)}”"
        items = [f"{thumbnail(hit.item)}{hit.cosine:.2f}" for hit in hits]
        items = "".join(f'<li style="margin: 0">{item}</li>' for item in items)
        grid = "display: grid; gap: 0.6rem; list-style: none; margin: 0; padding: 0; "
        grid += "grid-template-columns: repeat(auto-fill, minmax(5.5rem, 1fr))"
        content = f'<ol role="list" style="{grid}">{items}</ol>'
    else:
        said = f"The captions nearest to {html.escape(query.description)}"
        items = [f"{html.escape(hit.item)} ({hit.cosine:.2f})" for hit in hits]
        items = "".join(f"<li>{item}</li>" for item in items)
        content = (
            '<div style="display: flex; flex-wrap: wrap; gap: 1rem">'
            f'<div style="width: 8rem">{thumbnail(query)}</div>'
            '<ol style="flex: 1 1 14rem; margin: 0; padding-left: 1.5rem">'
            f"{items}</ol></div>"
        )
    return (
        f'<div class="search-answer" style="{style}"><p role="status">{said}, '
        f"with their cosines:</p>{content}</div>"
    )


def render_message(message: str, role: str = "alert") -> str:
    """Show a message as HTML, read aloud by screen readers when it appears."""
    style = "border-left: 4px solid #d4700f; padding: 0.2rem 0.6rem; margin: 0.5rem 0"
    return f'<p role="{role}" style="{style}">{html.escape(message)}</p>'


def respond(
    index: SearchIndex,
    text: str | None = None,
    image: Image.Image | bytes | None = None,
    name: str = "your image",
    number: int = 6,
) -> str:
    """Answer any query in HTML: with what was found, or with what is wrong with it.

    Args:
        index, text, image, number: as for `answer`.
        name: of the image.
    """
    try:
        query = text
        if image is not None:
            image = read_query_image(image)
            query = Picture(image, name)
        return render_answer(query, answer(index, text, image, number))
    except ValueError as error:
        return render_message(str(error))
    except Exception as error:  # nobody would see it where a widget calls
        return render_message(f"The search failed: {type(error).__name__}: {error}")


def search_panel(index: SearchIndex, number: int = 6) -> widgets.VBox:
    """Build the panel: a field for a text, a button for an image, and the answer.

    Args:
        index: what is searched.
        number: how many hits to show.
    """
    wide = widgets.Layout(width="auto", flex="1 1 12rem")
    text = widgets.Text(
        description="Text", continuous_update=False, layout=wide,
        placeholder="what the images should show",
    )  # fmt: skip
    find = widgets.Button(description="Find images", tooltip="Search with this text")
    upload = widgets.FileUpload(
        accept="image/*", description="Find captions for an image", layout=wide
    )
    hint = "Type a text and press Enter, or upload an image (its first frame counts)."
    result = widgets.HTML(render_message(hint, role="status"))

    def find_images(change: object) -> None:
        result.value = respond(index, text=text.value, number=number)

    def find_captions(change: dict) -> None:
        for file in change["new"]:
            text.value, upload.value = "", ()  # so that the same can be asked again
            content, name = bytes(file["content"]), file["name"]
            result.value = respond(index, image=content, name=name, number=number)

    find.on_click(find_images)
    text.observe(lambda change: change["new"] and find_images(change), "value")
    upload.observe(find_captions, "value")
    rows = widgets.Layout(flex_flow="row wrap")
    queries = widgets.Box([text, find, upload], layout=rows)
    return widgets.VBox([queries, result], layout=widgets.Layout(width="100%"))
