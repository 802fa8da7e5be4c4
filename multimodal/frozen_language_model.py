"""A frozen language model that reads soft prompts: vectors in the place of words."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.blip2_losses import IGNORED, next_token_loss


class TextBatch(NamedTuple):
    """Texts to learn from: `ids`, `is_token` and `labels`, all (batch, tokens).

    `ids` are int64; `is_token` is False at padding; `labels` are the ids that the model
    has to foretell, and `IGNORED` elsewhere.
    """

    ids: Tensor
    is_token: Tensor
    labels: Tensor


def pad_right(rows: Sequence[Sequence[int]], value: int) -> Tensor:
    """Fill rows up at their ends: int64 (rows, longest)."""
    longest = max(map(len, rows))
    filled = [[*row, *[value] * (longest - len(row))] for row in rows]
    return torch.tensor(filled, dtype=torch.int64)


def batch_answers(
    prompts: Sequence[Sequence[int]],
    answers: Sequence[Sequence[int]],
    end_id: int,
    padding_id: int,
) -> TextBatch:
    """Join prompts and answers for training; padding comes at the end.

    The end of an answer is to be learned, too, and is told from padding by its place,
    so that both may have the same number.

    Args:
        prompts: token numbers of what is given, BOS included.
        answers: of what shall follow it, without an end.
        end_id: put after each answer; the model stops there.
        padding_id: fills the shorter texts up.
    """
    answers = [[*answer, end_id] for answer in answers]
    pairs = list(zip(prompts, answers, strict=True))
    ids = [[*prompt, *answer] for prompt, answer in pairs]
    labels = [[*[IGNORED] * len(prompt), *answer] for prompt, answer in pairs]
    is_token = pad_right([[1] * len(row) for row in ids], 0).bool()
    return TextBatch(pad_right(ids, padding_id), is_token, pad_right(labels, IGNORED))


def batch_prompts(
    prompts: Sequence[Sequence[int]], padding_id: int
) -> tuple[Tensor, Tensor]:
    """Put prompts side by side for generation; padding comes at the beginning.

    What is written goes on where the prompt ends, at the right end of every row.

    Returns:
        The ids and `is_token`, both (prompts, longest).
    """
    ids = pad_right([list(prompt)[::-1] for prompt in prompts], padding_id)
    is_token = pad_right([[1] * len(prompt) for prompt in prompts], 0).bool()
    return ids.flip(1), is_token.flip(1)


def token_positions(is_token: Tensor) -> Tensor:
    """Count the tokens of each row from 0, padding left out: int64, the same shape."""
    return (is_token.long().cumsum(dim=1) - 1).clamp(min=0)


@torch.no_grad()
def embedding_norm(language: nn.Module) -> float:
    """Give the mean length of a language model's vectors of its own tokens.

    Soft prompts of another length are none that it has ever read.

    Args:
        language: a `FrozenLanguageModel`.
    """
    every_id = torch.arange(language.model.config.vocab_size).to(language.opening)
    return language.embed(every_id).norm(dim=-1).mean().item()


def join_prompt(
    language: nn.Module, soft_prompts: Tensor, ids: Tensor, is_token: Tensor
) -> dict[str, Tensor]:
    """Put opening, soft prompts and text in a row.

    Args:
        language: a `FrozenLanguageModel`.
        soft_prompts: (batch, prompts, width).
        ids, is_token: of the texts, (batch, tokens).
    Returns:
        `inputs_embeds` (batch, all tokens, width) and `attention_mask` (batch, all
        tokens). The `generate` of a model of transformers takes them as well, for
        beams or for sampling.
    """
    opening = language.embed(language.opening.expand(len(ids), -1))
    text = language.embed(ids)
    tokens = torch.cat([opening, soft_prompts.to(text), text], dim=1)
    before = tokens.shape[1] - ids.shape[1]  # always there, unlike text
    mask = F.pad(is_token.long(), (before, 0), value=1)
    return {"inputs_embeds": tokens, "attention_mask": mask}


def answer_loss(language: nn.Module, soft_prompts: Tensor, texts: TextBatch) -> Tensor:
    """Measure how badly a language model foretells answers after soft prompts.

    Args:
        language: a `FrozenLanguageModel`.
        soft_prompts: (batch, prompts, width).
        texts: of `batch_answers`.
    Returns:
        The mean cross-entropy per token of the labels, in nats.
    """
    ids, is_token, labels = texts
    # the last soft prompt foretells the first token, if that is to be foretold
    logits = language(soft_prompts, ids, is_token, keep=1 + ids.shape[1])
    return next_token_loss(logits, F.pad(labels, (1, 0), value=IGNORED))


def shared_prefix_loss(
    language: nn.Module,
    soft_prompts: Tensor,
    texts: TextBatch,
    request: Sequence[int] = (),
) -> Tensor:
    """Measure the same as `answer_loss`, for several texts of each image at once.

    What comes before the texts is read once for an image, and its keys and values
    serve all of its texts; the result and its gradients are those of reading it again
    for each text.

    Args:
        language: a `FrozenLanguageModel`.
        soft_prompts: (images, prompts, width).
        texts: of `batch_answers`, (images * texts of each, tokens), in the order of
            the images.
        request: token numbers that come before all of the texts alike.
    """
    each = len(texts.ids) // len(soft_prompts)
    prompt = torch.tensor([list(request)] * len(soft_prompts), dtype=torch.int64)
    prompt = prompt.to(texts.ids.device)
    tokens, mask = language.join(soft_prompts, prompt, torch.ones_like(prompt)).values()
    prefix = language.read(tokens, mask, use_cache=True)
    prefix.past_key_values.batch_repeat_interleave(each)
    mask = mask.repeat_interleave(each, dim=0)
    mask = torch.cat([mask, texts.is_token.long()], dim=1)
    inputs, options = language.embed(texts.ids), {"use_cache": True, "keep": 0}
    cache = prefix.past_key_values
    after = language.read(inputs, mask, past_key_values=cache, **options).logits
    first = prefix.logits[:, -1].repeat_interleave(each, dim=0)  # foretells token 0
    later = F.pad(texts.labels[:, 1:], (0, 1), value=IGNORED)  # the last token, none
    # not put together: logits of all words are large, and would be held once more
    options = {"ignore_index": IGNORED, "reduction": "sum"}
    total = F.cross_entropy(first, texts.labels[:, 0], **options)
    total += F.cross_entropy(after.flatten(0, 1), later.flatten(), **options)
    return total / (texts.labels != IGNORED).sum()


@torch.no_grad()
def write_on(
    language: nn.Module,
    soft_prompts: Tensor,
    ids: Tensor,
    is_token: Tensor,
    end_id: int,
    longest: int,
    use_cache: bool = True,
) -> Tensor:
    """Write on after a prompt, always with the likeliest token.

    Args:
        language: a `FrozenLanguageModel`.
        soft_prompts: (batch, prompts, width).
        ids, is_token: of `batch_prompts`, padded at the beginning.
        end_id: stops a text, and fills it up.
        longest: most tokens that are written, END included.
        use_cache: keep the keys and values of what was read, instead of reading all
            again for each token; the result is the same.
    Returns:
        What was written, without the prompt: int64 (batch, at most `longest`).
    """
    tokens, mask = language.join(soft_prompts, ids, is_token).values()
    written, cache = ids[:, :0], None
    while written.shape[1] < longest and not (written == end_id).any(dim=1).all():
        new = tokens if cache is None else tokens[:, -1:]
        output = language.read(new, mask, past_key_values=cache, use_cache=use_cache)
        cache = output.past_key_values if use_cache else None
        after = output.logits[:, -1].argmax(dim=-1, keepdim=True)
        ended = (written == end_id).any(dim=1, keepdim=True)
        after = after.masked_fill(ended, end_id)
        written = torch.cat([written, after], dim=1)
        tokens = torch.cat([tokens, language.embed(after)], dim=1)
        mask = F.pad(mask, (0, 1), value=1)
    return written


class FrozenLanguageModel(nn.Module):
    """Let a causal language model read soft prompts, and never change it.

    It reads the tokens [opening, soft prompts, text]. Gradients flow through it to the
    soft prompts, but its own weights get none; it stays in evaluation mode.

    Args:
        model: of transformers, such as a `LlamaForCausalLM`; it is frozen from now on.
        opening: token numbers before the soft prompts, the beginning of a chat, say.
    """

    def __init__(self, model: nn.Module, opening: Sequence[int] = ()):
        super().__init__()
        self.model = model.requires_grad_(False).eval()
        self.width = model.get_input_embeddings().embedding_dim
        opening = torch.tensor([list(opening)], dtype=torch.int64)
        self.register_buffer("opening", opening, persistent=False)

    def train(self, mode: bool = True) -> "FrozenLanguageModel":
        """Stay in evaluation mode, whatever is asked for."""
        return super().train(False)

    def embed(self, ids: Tensor) -> Tensor:
        """Return the model's own vectors of tokens, (batch, tokens, width)."""
        return self.model.get_input_embeddings()(ids)

    def read(self, tokens: Tensor, mask: Tensor, keep: int = 1, **options) -> Any:
        """Run the model on tokens, the last ones of the (batch, all) in `mask`."""
        positions = token_positions(mask)[:, -tokens.shape[1] :]
        options |= {"position_ids": positions, "logits_to_keep": keep}
        return self.model(inputs_embeds=tokens, attention_mask=mask, **options)

    def forward(
        self, soft_prompts: Tensor, ids: Tensor, is_token: Tensor, keep: int = 0
    ) -> Tensor:
        """Return logits (batch, tokens, vocabulary), of all or of the last `keep`."""
        tokens, mask = self.join(soft_prompts, ids, is_token).values()
        return self.read(tokens, mask, keep).logits

    join, loss, generate = join_prompt, answer_loss, write_on
    shared_loss = shared_prefix_loss
