"""Let a language model write about images: captions, and answers to questions."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from tqdm import tqdm
from transformers import PreTrainedTokenizerBase

from multimodal.decoding import beam_search, sample
from multimodal.frozen_language_model import FrozenLanguageModel, batch_prompts
from multimodal.prompts import (
    PromptFormat,
    build_prompt,
    caption_prompt,
    cut_next_turn,
    encode_opening,
    encode_prompts,
    end_token,
)
from multimodal.tokenizer import Tokenizer


def decode_texts(
    tokenizer: Tokenizer | PreTrainedTokenizerBase,
    written: Iterable[Sequence[int]],
    end_id: int | None = None,
) -> list[str]:
    """Turn token numbers into texts, each up to its END, without spaces around it.

    Args:
        tokenizer: ours, or one of transformers.
        written: rows of token numbers, of `write_on`, say.
        end_id: number of END, by default the tokenizer's.
    """
    end_id, texts = end_token(tokenizer) if end_id is None else end_id, []
    for numbers in written:
        row = torch.as_tensor(numbers).tolist()
        ids = row[: row.index(end_id)] if end_id in row else row
        ours = isinstance(tokenizer, Tokenizer)
        options = {} if ours else {"skip_special_tokens": True}
        texts.append(tokenizer.decode(ids, **options).strip())
    return texts


def choose_tokens(
    language: FrozenLanguageModel,
    *prompt: Tensor,
    beams: int = 1,
    top_p: float | None = None,
    **options,
) -> Tensor:
    """Write on after a prompt: the likeliest token each time, by beams, or by chance.

    Args:
        prompt: soft prompts, `ids` and `is_token`, as `write_on` takes them.
        beams: more than one for `beam_search`.
        top_p: for `sample`.
        options: of the one that is chosen: `end_id` and `longest`, and what it knows
            beside them.
    Raises:
        ValueError: beams and a nucleus are wanted at the same time.
    """
    if beams != 1 and top_p is not None:
        raise ValueError("texts come from beams or from a nucleus: leave out one")
    if top_p is not None:
        return sample(language, *prompt, top_p=top_p, **options)
    if beams != 1:
        return beam_search(language, *prompt, beams=beams, **options)
    return language.generate(*prompt, **options)


def check_prompts(
    language: FrozenLanguageModel,
    tokenizer: Tokenizer | PreTrainedTokenizerBase,
    features: Tensor,
    prompts: Sequence[str],
    style: PromptFormat,
) -> None:
    """Refuse what doesn't belong together: images and texts, opening and style."""
    if isinstance(prompts, str) or len(features) != len(prompts):
        raise ValueError(
            f"{len(features)} images need as many texts in a list, one for each"
        )
    opening = language.opening[0].tolist()
    if opening != encode_opening(tokenizer, style):
        raise ValueError(
            f"this style begins with {style.opening!r}, and the language model with "
            f"the tokens {opening}: open it with `encode_opening`"
        )


@torch.inference_mode()
def write_answers(
    bridge: nn.Module,
    language: FrozenLanguageModel,
    tokenizer: Tokenizer | PreTrainedTokenizerBase,
    features: Tensor,
    prompts: Sequence[str],
    style: PromptFormat,
    end_id: int | None = None,
    batch_size: int = 10,
    **options,
) -> list[str]:
    """Let a language model write on after prompts about images, one for each image.

    Args:
        bridge: turns features into soft prompts; `nn.Identity()` if they are some.
        features: (images, image tokens, image_width), of a frozen encoder.
        prompts: of `build_prompt` or `caption_prompt`.
        end_id: stops a text, by default as the style says.
        batch_size: images in one pass; but by chance, the texts don't depend on it.
        options: those of `choose_tokens`; `longest` has to be among them.
    """
    check_prompts(language, tokenizer, features, prompts, style)
    end_id = end_token(tokenizer, style) if end_id is None else end_id
    ids, device = encode_prompts(tokenizer, prompts, style), language.opening.device
    was_training, texts, starts = bridge.training, [], range(0, len(ids), batch_size)
    bridge.eval()
    for first in tqdm(starts, "batches", disable=len(starts) < 10, mininterval=1):
        part = slice(first, first + batch_size)
        prompt = (tensor.to(device) for tensor in batch_prompts(ids[part], end_id))
        given = (bridge(features[part].to(device)), *prompt)
        written = choose_tokens(language, *given, end_id=end_id, **options)
        said = decode_texts(tokenizer, written, end_id)
        texts += [cut_next_turn(text, style) for text in said]
    bridge.train(was_training)
    return texts


def write_captions(
    bridge: nn.Module,
    language: FrozenLanguageModel,
    tokenizer: Tokenizer | PreTrainedTokenizerBase,
    features: Tensor,
    style: PromptFormat,
    longest: int = 30,
    **options,
) -> list[str]:
    """Write a caption of each image.

    Args:
        longest: most tokens of a caption, END included.
        options: `beams` and `length_penalty`, or `top_p`, `temperature` and
            `generator`; and, as all others, those of `write_answers`.
    """
    prompts = [caption_prompt(style)] * len(features)
    given = (bridge, language, tokenizer, features, prompts, style)
    return write_answers(*given, longest=longest, **options)


def answer_questions(
    bridge: nn.Module,
    language: FrozenLanguageModel,
    tokenizer: Tokenizer | PreTrainedTokenizerBase,
    features: Tensor,
    questions: Sequence[str],
    style: PromptFormat,
    longest: int = 10,
    **options,
) -> list[str]:
    """Answer one question about each image (visual question answering).

    Args:
        questions: as many as there are images; `features[numbers]` repeats images.
        longest, options: as for `write_captions`.
    """
    prompts = [build_prompt([], question, style) for question in questions]
    given = (bridge, language, tokenizer, features, prompts, style)
    return write_answers(*given, longest=longest, **options)
