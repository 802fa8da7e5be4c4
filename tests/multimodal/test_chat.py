"""A conversation remembers what was said, and its panel says what went wrong."""

import pytest
import torch
from PIL import Image
from test_frozen_language_model import small_llama
from test_panel import send

from multimodal.blip2 import Blip2, Bridge, BridgeConfig
from multimodal.chat import (
    Conversation,
    Speaker,
    chat_panel,
    open_conversation,
    render_conversation,
    respond,
)
from multimodal.frozen_language_model import FrozenLanguageModel
from multimodal.language_model import LanguageModel, LanguageModelConfig
from multimodal.panel import Picture
from multimodal.prompts import QUESTION_ANSWER
from multimodal.qformer import QFormerConfig
from multimodal.tokenizer import Tokenizer

PICTURE = Picture(Image.new("RGB", (40, 30), "red"), "a red card")
TEXTS = ["Question: What is it? Answer: a card. Question: Which colour? Answer: red."]
TOKENIZER = Tokenizer.learn(TEXTS, 60, 64)


def parrot(image: Image.Image, history, question: str) -> str:
    """Answer with what it was told: the question, and how many came before."""
    if "fail" in question:
        raise RuntimeError("no <power>")
    return f"{len(history)} before <{question}>"


def test_a_conversation_goes_on_from_all_that_was_said():
    first = Conversation(PICTURE).ask(" What is it? ", parrot)
    second = first.ask("And now?", parrot)
    assert first.history == (("What is it?", "0 before <What is it?>"),)
    assert second.history[0] == first.history[0]
    assert second.history[1] == ("And now?", "1 before <And now?>")


def test_what_is_said_is_shown_and_not_taken_for_html():
    conversation = Conversation(PICTURE).ask("<b>bold</b>?", parrot)
    shown = render_conversation(conversation)
    assert "&lt;b&gt;bold" in shown and "<b>" not in shown
    assert 'alt="a red card"' in shown
    assert "<dl" not in render_conversation(Conversation(PICTURE))


@pytest.mark.parametrize(
    "question, message",
    [("  ", "empty"), ("x" * 2000, "shorter"), ("fail", "no &lt;power&gt;")],
)
def test_what_goes_wrong_is_said_and_loses_nothing(question, message):
    before = Conversation(PICTURE).ask("What is it?", parrot)
    after, shown = respond(before, question, parrot)
    assert after is before
    assert message in shown and "What is it?" in shown


def test_an_image_that_is_none_opens_no_conversation():
    assert open_conversation(b"no image", "x")[0] is None
    conversation, shown = open_conversation(PICTURE.image, "mine")
    assert conversation.picture.description == "mine" and "<img" in shown


def widgets_of(panel) -> tuple:
    queries, result = panel.children
    return *queries.children, result


def test_the_panel_asks_starts_over_and_takes_another_image(tmp_path):
    text, ask, again, upload, result = widgets_of(chat_panel(PICTURE, parrot))
    assert "a red card" in result.value and "before" not in result.value
    text.value = "What is it?"  # as Enter does
    assert "0 before" in result.value and text.value == ""
    text.value = "And now?"
    assert "1 before" in result.value
    ask.click()  # with an empty field
    assert result.value.count("before") == 2
    again.click()
    assert "before" not in result.value
    text.value = "Once more?"
    assert "0 before" in result.value
    PICTURE.image.save(tmp_path / "card.png")
    content = (tmp_path / "card.png").read_bytes()
    send(upload, content, "card.png")
    assert "card.png" in result.value and "before" not in result.value
    send(upload, b"abc", "text.txt")
    assert "alert" in result.value
    text.value = "Still there?"
    assert "card.png" in result.value and "0 before" in result.value


def small_speaker(remembered: int = 5, own: bool = True) -> Speaker:
    torch.manual_seed(0)
    model = LanguageModel(LanguageModelConfig(len(TOKENIZER), 64, 16, 2, 2)).eval()
    for parameter in model.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    language = FrozenLanguageModel(model if own else small_llama())
    bridge = Bridge(BridgeConfig(QFormerConfig(3, 16, 2, 2, 6), 16, 3.0)).eval()

    def see(image: Image.Image) -> torch.Tensor:
        torch.manual_seed(sum(image.getpixel((0, 0))))
        return torch.randn(1, 4, 6)

    return Speaker(
        Blip2(bridge, language), TOKENIZER, QUESTION_ANSWER, see, 6, remembered
    )


def test_the_image_and_the_history_reach_the_language_model():
    speaker = small_speaker()
    read, seen = [], []
    original = speaker.model.language.generate

    def listen(soft_prompts, ids, is_token, **options):
        read.append(TOKENIZER.decode(ids[0].tolist()))
        seen.append(soft_prompts)
        return original(soft_prompts, ids, is_token, **options)

    speaker.model.language.generate = listen
    other = Image.new("RGB", (40, 30), "white")
    speaker.reply(PICTURE.image, [], "what is it?")
    speaker.reply(other, [("what is it?", "a card")], "which colour?")
    assert read[0].replace(" ", "") == "question:whatisit?answer:"
    remembered = "question:whatisit?answer:acard."
    assert read[1].replace(" ", "") == remembered + "question:whichcolour?answer:"
    assert not torch.equal(seen[0], seen[1])


def test_only_the_last_questions_are_remembered():
    history = [("what is it?", "a card")] * 9
    few, none = small_speaker(1), small_speaker(1)
    image = PICTURE.image
    assert few.reply(image, history, "which colour?") == none.reply(
        image, history[:1], "which colour?"
    )
    with pytest.raises(ValueError, match="context"):
        small_speaker(9).reply(image, history, "which colour?")
