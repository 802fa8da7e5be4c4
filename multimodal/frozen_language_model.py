"""A frozen language model that reads soft prompts: vectors in the place of words."""

import copy
from collections.abc import Callable, Sequence
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


def texts_beside_each_other(is_token: Tensor, prefix: int, texts: int) -> Tensor:
    """Say what may look at what in rows of a prefix and several texts that follow it.

    Each text sees the prefix and itself, as if it stood there alone.

    Args:
        is_token: of the texts, one after the other, (rows, texts * tokens of each).
        prefix: number of its tokens.
        texts: in each row.
    Returns:
        Boolean (rows, all, all), True where a token may look.
    """
    number = torch.arange(1, texts + 1).repeat_interleave(is_token.shape[1] // texts)
    number = F.pad(number, (prefix, 0)).to(is_token.device)  # 0 is the prefix
    own = (number == number[:, None]) | (number == 0)
    return own.tril() & F.pad(is_token, (prefix, 0), value=True)[:, None]


def images_beside_each_other(visible: Tensor, images: int, opening: int) -> Tensor:
    """Put several images into a row, after an opening that all of them see.

    Args:
        visible: of `texts_beside_each_other`, for each image.
        images: in each row.
        opening: number of its tokens.
    Returns:
        Boolean (rows, 1, tokens of all images in a row, opening and these).
    """
    length = visible.shape[1]
    rows = visible.new_zeros(len(visible) // images, images, length, images, length)
    for number in range(images):
        rows[:, number, :, number] = visible[number::images]
    rows = rows.view(len(rows), 1, images * length, images * length)
    return F.pad(rows, (opening, 0), value=True)


def images_in_a_row(images: int, length: int, opening: int) -> int:
    """Choose how many images share a row, a divisor of their number.

    With many of them, they are compared with each other for nothing; with few, there
    are many rows, and each of them looks at the opening. They take half of its length.

    Args:
        images: number of images.
        length: tokens of each, its texts included.
        opening: tokens that come before all.
    """
    fit = range(1, max(1, opening // (2 * length)) + 1)
    return max(count for count in fit if images % count == 0)


def shared_prefix_loss(
    language: nn.Module,
    soft_prompts: Tensor,
    texts: TextBatch,
    request: Sequence[int] = (),
) -> Tensor:
    """Measure the same as `answer_loss`, for several texts of each image at once.

    What comes before the texts is read once for an image, and an opening once for all:
    texts and images stand beside each other, hidden from each other by the mask. The
    result and its gradients are those of reading each text alone.

    Args:
        language: a `FrozenLanguageModel`.
        soft_prompts: (images, prompts, width).
        texts: of `batch_answers`, (images * texts of each, tokens), in the order of
            the images.
        request: token numbers that come before all of the texts alike.
    """
    images, (number, longest) = len(soft_prompts), texts.ids.shape
    each, device = number // images, texts.ids.device
    ids, is_token, labels = (part.view(images, each * longest) for part in texts)
    request = torch.tensor([list(request)] * images, dtype=torch.int64, device=device)
    text = language.embed(torch.cat([request, ids], dim=1))
    tokens = torch.cat([soft_prompts.to(text), text], dim=1)
    opening, length = language.opening.shape[1], tokens.shape[1]
    prefix = length - ids.shape[1]
    together = images_in_a_row(images, length, opening)
    visible = texts_beside_each_other(is_token, prefix, each)
    mask = images_beside_each_other(visible, together, opening)
    places = torch.arange(opening, opening + prefix + longest, device=device)
    places = torch.cat([places[:prefix], places[prefix:].repeat(each)])
    # the last token of the prefix foretells the first one of each text
    first = length * torch.arange(together, device=device) + prefix - 1
    later = F.pad(labels.view(number, longest)[:, 1:], (0, 1), value=IGNORED)
    later = F.pad(later.view(images, -1), (prefix, 0), value=IGNORED)
    later = later.view(-1, together * length)
    needed = (later != IGNORED).any(dim=0).nonzero()[:, 0]
    logits = language.model(
        inputs_embeds=tokens.view(-1, together * length, tokens.shape[2]),
        attention_mask=mask,
        position_ids=places.repeat(together)[None],
        past_key_values=language.opening_cache(len(mask)) if opening else None,
        logits_to_keep=torch.cat([first, needed]),
    ).logits
    begins = logits[:, :together].flatten(0, 1).repeat_interleave(each, dim=0)
    # not put together: logits of all words are large, and would be held once more
    options = {"ignore_index": IGNORED, "reduction": "sum"}
    total = F.cross_entropy(begins, texts.labels[:, 0], **options)
    follow, labels = logits[:, together:].flatten(0, 1), later[:, needed].flatten()
    total = total + F.cross_entropy(follow, labels, **options)
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
        self._read_opening = None

    def _apply(self, function: Callable) -> "FrozenLanguageModel":
        """Forget what was read on another device."""
        self._read_opening = None
        return super()._apply(function)

    def train(self, mode: bool = True) -> "FrozenLanguageModel":
        """Stay in evaluation mode, whatever is asked for."""
        return super().train(False)

    def embed(self, ids: Tensor) -> Tensor:
        """Return the model's own vectors of tokens, (batch, tokens, width)."""
        return self.model.get_input_embeddings()(ids)

    def opening_cache(self, batch: int) -> Any:
        """Give keys and values of the opening, which is read once, for a batch."""
        if self._read_opening is None:
            with torch.inference_mode(False), torch.no_grad():
                tokens = self.embed(self.opening.clone())
                output = self.model(inputs_embeds=tokens, use_cache=True)
            self._read_opening = output.past_key_values
        cache = copy.deepcopy(self._read_opening)
        cache.batch_repeat_interleave(batch)
        return cache

    def read(self, tokens: Tensor, mask: Tensor, keep: int = 1, **options) -> Any:
        """Run the model on tokens, the last ones of the (batch, all) in `mask`.

        With `use_cache` and without a cache, they begin with the opening, which isn't
        read again.
        """
        begins = options.get("use_cache") and options.get("past_key_values") is None
        if begins and keep and self.opening.numel():
            tokens = tokens[:, self.opening.shape[1] :]
            options["past_key_values"] = self.opening_cache(len(tokens))
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
