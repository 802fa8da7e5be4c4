"""What a language model is told beside a picture: requests, questions, chats."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from transformers import PreTrainedTokenizerBase

from multimodal.tokenizer import Tokenizer


@dataclass(frozen=True)
class PromptFormat:
    """The texts around soft prompts, questions and answers.

    Args:
        opening: before the soft prompts.
        after_image: between the soft prompts and the first question.
        turn: a question up to where its answer begins; holds `{question}`.
        before_answer: joins an answer to its turn.
        after_answer: joins the next turn to an answer.
        caption_request: asks for a caption; if it is empty, nothing needs to be said.
        end: comes after the last answer, and its first token ends it; if it is empty,
            that is the END of the tokenizer.
    """

    opening: str
    after_image: str
    turn: str
    before_answer: str
    after_answer: str
    caption_request: str = ""
    end: str = ""


# how BLIP-2 prompts a language model that only ever learned to write on
QUESTION_ANSWER = PromptFormat(
    opening="",
    after_image="",
    turn="Question: {question} Answer:",
    before_answer=" ",
    after_answer=". ",
)
SHORT_ANSWER = replace(QUESTION_ANSWER, turn="Question: {question} Short answer:")

# how a conversation was written when SmolLM2 learned to answer (ChatML)
CHATML = PromptFormat(
    opening="<|im_start|>user\n",
    after_image="\n",
    turn="{question}<|im_end|>\n<|im_start|>assistant\n",
    before_answer="",
    after_answer="<|im_end|>\n<|im_start|>user\n",
    caption_request="Describe the picture in one sentence.",
    end="<|im_end|>\n",
)

# a list in which each line is about a picture: what it shows, a question, the answer
FEW_SHOT = PromptFormat(
    opening="Picture:",
    after_image=".",
    turn=" Question: {question} Answer:",
    before_answer=" ",
    after_answer=".",
    caption_request="What does the picture show?",
    end="\n",
)


def build_prompt(
    history: Iterable[tuple[str, str]],
    question: str,
    style: PromptFormat = QUESTION_ANSWER,
) -> str:
    """Write the text that follows the soft prompts, up to where the answer begins.

    Args:
        history: the questions so far, each with the answer that was given.
        question: the new one.
        style: the format that the language model knows.
    """
    text = style.after_image
    for asked, answer in history:
        text += style.turn.format(question=asked)
        text += style.before_answer + answer + style.after_answer
    return text + style.turn.format(question=question)


def show_examples(
    style: PromptFormat, examples: Iterable[tuple[str, str, str]]
) -> PromptFormat:
    """Put worked examples into the opening of a format, with pictures in words.

    Args:
        style: a format that says how an answer ends.
        examples: what stands for the soft prompts, as it is to be read (with a space
            before its first word, say); a prompt of `build_prompt` or `caption_prompt`;
            and the answer.
    Raises:
        ValueError: the format has no `end`.
    """
    if not style.end:
        raise ValueError("one example after the other: the format needs an `end`")
    opening = style.opening
    for picture, prompt, answer in examples:
        opening += picture + prompt + style.before_answer + answer
        opening += style.end + style.opening
    return replace(style, opening=opening)


def cut_next_turn(text: str, style: PromptFormat) -> str:
    """Cut off what a model writes in the name of the one who asks: a next question."""
    begins = (style.after_answer + style.turn.partition("{question}")[0]).strip()
    return (text.partition(begins)[0] if begins else text).strip()


def caption_prompt(style: PromptFormat) -> str:
    """Write the text between the soft prompts and a caption."""
    request = style.caption_request
    return build_prompt([], request, style) if request else style.after_image


def encode_text(
    tokenizer: Tokenizer | PreTrainedTokenizerBase, text: str, start: bool
) -> list[int]:
    """Give the token numbers of a text, without an end.

    Args:
        tokenizer: ours, or one of transformers.
        start: put before it what the tokenizer puts before every text, if anything.
    Raises:
        ValueError: the text doesn't fit into the context of our tokenizer, which would
            cut off the question.
    """
    if not isinstance(tokenizer, Tokenizer):
        return list(tokenizer(text, add_special_tokens=start)["input_ids"])
    ids = tokenizer.encode(text)[:-1]
    if len(ids) >= tokenizer.context_length - 1:  # whole or cut, nothing fits after it
        raise ValueError(
            f"the tokenizer's context has room for {tokenizer.context_length} tokens, "
            f"and the text fills it: shorten the conversation, {text[:60]!r}..."
        )
    return ids if start else ids[1:]


def encode_opening(
    tokenizer: Tokenizer | PreTrainedTokenizerBase, style: PromptFormat
) -> list[int]:
    """Give the token numbers before the soft prompts, for a `FrozenLanguageModel`."""
    return encode_text(tokenizer, style.opening, start=True) if style.opening else []


def encode_prompts(
    tokenizer: Tokenizer | PreTrainedTokenizerBase,
    prompts: Sequence[str],
    style: PromptFormat,
) -> list[list[int]]:
    """Give the token numbers of prompts, for `batch_prompts` and `batch_answers`.

    The start token, if a tokenizer has one, comes once: before the opening or, where
    there is none, after the soft prompts, as BLIP-2 does it.

    Args:
        prompts: of `build_prompt` or `caption_prompt`.
    """
    start = not style.opening
    return [encode_text(tokenizer, prompt, start) for prompt in prompts]


def encode_answers(
    tokenizer: Tokenizer | PreTrainedTokenizerBase,
    answers: Sequence[str],
    style: PromptFormat,
) -> list[list[int]]:
    """Give the token numbers of answers or captions, for `batch_answers`."""
    texts = [style.before_answer + answer for answer in answers]
    return [encode_text(tokenizer, text, start=False) for text in texts]


def end_token(
    tokenizer: Tokenizer | PreTrainedTokenizerBase, style: PromptFormat | None = None
) -> int:
    """Give the number of the token that ends an answer; it serves as padding, too.

    Args:
        tokenizer: its own END is taken unless the style says how an answer ends.
        style: the format of the prompts.
    """
    if style and style.end:
        return encode_text(tokenizer, style.end, start=False)[0]
    is_ours = isinstance(tokenizer, Tokenizer)
    return tokenizer.end_id if is_ours else tokenizer.eos_token_id
