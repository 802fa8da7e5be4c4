"""A chat about an image: a conversation that remembers, in a panel of widgets."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ipywidgets as widgets
import torch
from PIL import Image
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from multimodal.blip2 import Blip2
from multimodal.captioning import decode_texts
from multimodal.frozen_language_model import batch_prompts
from multimodal.panel import (
    Picture,
    read_query_image,
    read_query_text,
    render_message,
    thumbnail,
)
from multimodal.prompts import (
    PromptFormat,
    build_prompt,
    cut_next_turn,
    encode_prompts,
    end_token,
)
from multimodal.tokenizer import Tokenizer

History = Sequence[tuple[str, str]]  # questions and the answers that were given


@dataclass(frozen=True)
class Speaker:
    """Answer questions about images, one after the other.

    Args:
        model: its language model was opened with what the style says.
        tokenizer: of the language model.
        style: the format of its prompts.
        see: turns an image into features, (1, image tokens, image_width).
        longest: most tokens of an answer.
        remembered: how many of the last questions go into a prompt.
    """

    model: Blip2
    tokenizer: Tokenizer | PreTrainedTokenizerBase
    style: PromptFormat
    see: Callable[[Image.Image], Tensor]
    longest: int = 30
    remembered: int = 5

    @torch.inference_mode()
    def reply(self, image: Image.Image, history: History, question: str) -> str:
        """Answer a question; the history is part of the prompt.

        Raises:
            ValueError: the prompt is too long for the language model.
        """
        recent = list(history)[-self.remembered :]
        prompt = build_prompt(recent, question, self.style)
        end = end_token(self.tokenizer, self.style)
        ids = encode_prompts(self.tokenizer, [prompt], self.style)
        options = {"end_id": end, "longest": self.longest}
        prompts = batch_prompts(ids, end)
        written = self.model.generate(self.see(image), *prompts, **options)
        (text,) = decode_texts(self.tokenizer, written, end)
        return cut_next_turn(text, self.style)


@dataclass(frozen=True)
class Conversation:
    """What was said about an image so far.

    Args:
        picture: that is talked about.
        history: questions and answers.
    """

    picture: Picture
    history: tuple[tuple[str, str], ...] = ()

    def ask(
        self, question: str, reply: Callable[[Image.Image, History, str], str]
    ) -> "Conversation":
        """Return the conversation with one more question and its answer.

        Raises:
            ValueError: the question is empty or too long.
        """
        question = read_query_text(question)
        answer = reply(self.picture.image, self.history, question)
        return Conversation(self.picture, (*self.history, (question, answer)))


def render_conversation(conversation: Conversation) -> str:
    """Show an image and what was said about it, as HTML.

    Colours and sizes of letters are those of the page around it.
    """
    said, margin = "", "margin: 0 0 0.6rem 1.5rem"
    for question, answer in conversation.history:
        answer = html.escape(answer) or "(nothing)"
        said += f"<dt>{html.escape(question)}</dt><dd style='{margin}'>{answer}</dd>"
    said = said and f'<dl style="flex: 1 1 14rem; margin: 0">{said}</dl>'
    style = "display: flex; flex-wrap: wrap; gap: 1rem; text-align: left"
    return (
        f'<div class="conversation" style="{style}; overflow-wrap: anywhere">'
        f'<div style="width: 10rem">{thumbnail(conversation.picture)}</div>{said}</div>'
    )


def respond(
    conversation: Conversation,
    question: str,
    reply: Callable[[Image.Image, History, str], str],
) -> tuple[Conversation, str]:
    """Ask a question; give the conversation after it, and it in HTML.

    What is wrong with a question is said below the conversation, which stays as it was.
    """
    try:
        conversation = conversation.ask(question, reply)
    except ValueError as error:
        return conversation, render_conversation(conversation) + render_message(
            str(error)
        )
    except Exception as error:  # nobody would see it where a widget calls
        message = f"The answer failed: {type(error).__name__}: {error}"
        return conversation, render_conversation(conversation) + render_message(message)
    return conversation, render_conversation(conversation)


def open_conversation(
    content: Image.Image | bytes, name: str
) -> tuple[Conversation | None, str]:
    """Begin to talk about an image; None and a message if it can't be used."""
    try:
        conversation = Conversation(Picture(read_query_image(content), name))
    except ValueError as error:
        return None, render_message(str(error))
    return conversation, render_conversation(conversation)


def chat_panel(
    picture: Picture, reply: Callable[[Image.Image, History, str], str]
) -> widgets.VBox:
    """Build the panel: an image, a field for questions, and the conversation.

    Args:
        picture: to begin with; another one can be uploaded.
        reply: answers a question about an image after a history, as `Speaker.reply`.
    """
    wide = widgets.Layout(width="auto", flex="1 1 12rem")
    text = widgets.Text(
        description="Question", continuous_update=False, layout=wide,
        placeholder="what you want to know about the image",
    )  # fmt: skip
    ask = widgets.Button(description="Ask", tooltip="Ask this question")
    again = widgets.Button(description="Start over", tooltip="Forget what was said")
    upload = widgets.FileUpload(
        accept="image/*", description="Another image", layout=wide
    )
    result, state = widgets.HTML(), {"conversation": Conversation(picture)}
    result.value = render_conversation(state["conversation"])

    def ask_question(_: object) -> None:
        if text.value.strip():
            now = state["conversation"]
            state["conversation"], result.value = respond(now, text.value, reply)
            text.value = ""

    def start_over(_: object) -> None:
        state["conversation"] = Conversation(state["conversation"].picture)
        result.value = render_conversation(state["conversation"])

    def change_image(change: dict) -> None:
        for file in change["new"]:
            upload.value = ()  # so that the same can be taken again
            begun, shown = open_conversation(bytes(file["content"]), file["name"])
            state["conversation"] = begun or state["conversation"]
            result.value = shown

    ask.on_click(ask_question)
    again.on_click(start_over)
    text.observe(lambda change: change["new"] and ask_question(change), "value")
    upload.observe(change_image, "value")
    rows = widgets.Layout(flex_flow="row wrap")
    queries = widgets.Box([text, ask, again, upload], layout=rows)
    return widgets.VBox([queries, result], layout=widgets.Layout(width="100%"))
