"""Choose what a language model writes: search with beams, or draw from a nucleus.

To take the likeliest token each time is `write_on`, in `frozen_language_model`.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Texts(NamedTuple):
    """Texts that a search has in view, for each prompt of a batch the best first.

    `ids` are int64 (batch, texts, tokens), `scores` (batch, texts). `parents`, int64
    (batch, texts), say which text they are a continuation of, by its number among all
    texts of the batch.
    """

    ids: Tensor
    scores: Tensor
    parents: Tensor

    def best(self, number: int) -> "Texts":
        """Keep at most so many for each prompt."""
        number = min(number, self.scores.shape[1])
        scores, order = self.scores.topk(number, dim=1)
        ids = self.ids.take_along_dim(order[..., None], dim=1)
        return Texts(ids, scores, self.parents.gather(1, order))

    def only(self, wanted: Tensor) -> "Texts":
        """Make those impossible that aren't wanted, boolean (batch, texts)."""
        return self._replace(scores=self.scores.masked_fill(~wanted, -torch.inf))


def empty_texts(batch: int, number: int, device: torch.device) -> Texts:
    """Give texts without tokens, whose probability is 1: scores of log 1 = 0."""
    ids = torch.zeros(batch, number, 0, dtype=torch.int64, device=device)
    scores = torch.zeros(batch, number, device=device)
    return Texts(ids, scores, scores.long())


def extend(texts: Texts, logits: Tensor, number: int) -> Texts:
    """Add one token to each text, in every possible way, and keep the likeliest.

    Args:
        texts: their scores are the logarithms of their probabilities.
        logits: of the next token of each text, (batch * texts, vocabulary).
        number: of texts to keep for each prompt.
    """
    logs = logits.float().log_softmax(dim=-1).unflatten(0, texts.scores.shape)
    scores = (texts.scores[..., None] + logs).flatten(1)  # (batch, texts * vocabulary)
    scores, places = scores.topk(min(number, scores.shape[1]), dim=1)
    numbers = torch.arange(len(logits), device=logits.device).view(texts.scores.shape)
    parents = numbers.gather(1, places // logs.shape[-1])
    tokens = places % logs.shape[-1]
    ids = torch.cat([texts.ids.flatten(0, 1)[parents], tokens[..., None]], dim=2)
    return Texts(ids, scores, parents)


def join_texts(shorter: Texts, longer: Texts, end_id: int) -> Texts:
    """Put texts beside others that are one token longer; END fills the former up."""
    shorter = shorter._replace(ids=F.pad(shorter.ids, (0, 1), value=end_id))
    return Texts(
        *(torch.cat(pair, dim=1) for pair in zip(shorter, longer, strict=True))
    )


class BeamSearch:
    """Choose, token by token, which texts to keep in view, and which have ended best.

    Args:
        ids: the prompts, (batch, any); only their number and device count here.
        end_id, longest, beams, length_penalty: as for `beam_search`.
    """

    def __init__(
        self, ids: Tensor, end_id: int, longest: int, beams: int, length_penalty: float
    ):
        if min(beams, longest) < 1:
            wrong = f"{beams} beams and {longest} tokens"
            raise ValueError(f"a search needs a beam and a token, not {wrong}")
        self.end_id, self.longest, self.beams = end_id, longest, beams
        self.length_penalty = length_penalty
        self.running = empty_texts(len(ids), 1, ids.device)
        self.finished = empty_texts(len(ids), 0, ids.device)  # filled up with END
        self.hopeful = torch.ones(len(ids), dtype=torch.bool, device=ids.device)

    def step(self, logits: Tensor) -> None:
        """Go on by one token; logits (batch * texts, vocabulary) are of `running`."""
        length = self.running.ids.shape[2] + 1
        scale = length**self.length_penalty
        texts = extend(self.running, logits, 2 * self.beams)  # half may end
        ends = (texts.ids[..., -1] == self.end_id) | (length == self.longest)
        self.running = texts.only(~ends).best(self.beams)
        rank = torch.arange(texts.scores.shape[1], device=ends.device)
        new = texts.only(ends & (rank < self.beams) & self.hopeful[:, None])
        new = new._replace(scores=new.scores / scale)
        self.finished = join_texts(self.finished, new, self.end_id).best(self.beams)
        worst = self.finished.scores[:, -1]  # minus infinity: there aren't enough yet
        self.hopeful &= self.running.scores[:, 0] / scale > worst

    def best_ids(self) -> Tensor:
        """Return the best finished text of each prompt, filled up with END."""
        ids = self.finished.ids[:, 0]
        longest = int((ids != self.end_id).any(dim=0).sum())
        return ids[:, : longest + 1]


@torch.no_grad()
def beam_search(
    language: nn.Module,
    soft_prompts: Tensor,
    ids: Tensor,
    is_token: Tensor,
    end_id: int,
    longest: int,
    beams: int,
    length_penalty: float = 1.0,
) -> Tensor:
    """Write on after a prompt with `beams` texts in view, and give the best of them.

    A text that has ended is scored by the logarithm of its probability, divided by its
    length to the power of `length_penalty`: 0 favours short texts, 1 takes the mean.
    A prompt is done when `beams` texts have ended and none that goes on is better, at
    its present length, than the worst of them, as in `generate` of transformers.

    Args and Returns: those of `write_on`.
    """
    new, mask = language.join(soft_prompts, ids, is_token).values()
    search = BeamSearch(ids, end_id, longest, beams, length_penalty)
    cache = None
    while search.hopeful.any():
        output = language.read(new, mask, past_key_values=cache, use_cache=True)
        search.step(output.logits[:, -1])
        rows = search.running.parents.flatten()  # one prompt's texts share its cache
        cache, mask = output.past_key_values, F.pad(mask[rows], (0, 1), value=1)
        cache.reorder_cache(rows)
        new = language.embed(search.running.ids[..., -1].flatten()[:, None])
    return search.best_ids()


def nucleus(logits: Tensor, top_p: float) -> Tensor:
    """Make all but the likeliest tokens impossible (Holtzman et al., 2020).

    Args:
        logits: (batch, vocabulary).
        top_p: the fewest tokens are kept whose probabilities add up to this or more.
    Returns:
        The logits, minus infinity where a token is left out.
    Raises:
        ValueError: `top_p` is no share of 1.
    """
    if not 0 < top_p <= 1:
        raise ValueError(f"top_p is a probability above 0 and up to 1, not {top_p}")
    ordered, places = logits.sort(dim=-1)  # the unlikeliest first
    left_out = ordered.softmax(dim=-1).cumsum(dim=-1) <= 1 - top_p
    left_out[..., -1] = False  # whatever rounding does
    return logits.masked_fill(left_out.scatter(-1, places, left_out), -torch.inf)


@torch.no_grad()
def sample(
    language: nn.Module,
    soft_prompts: Tensor,
    ids: Tensor,
    is_token: Tensor,
    end_id: int,
    longest: int,
    top_p: float = 1.0,
    temperature: float = 1.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Write on after a prompt, each token drawn from the nucleus of the likeliest ones.

    Args:
        top_p: share of the probability that the nucleus holds; 1 for all tokens.
        temperature: logits are divided by it: less than 1 favours the likely tokens.
        generator: of the CPU, wherever the model is; draws the tokens.
    Returns: and the other Args: those of `write_on`.
    """
    if temperature <= 0:
        raise ValueError(f"a temperature is above 0, not {temperature}")
    new, mask = language.join(soft_prompts, ids, is_token).values()
    written, cache = ids[:, :0], None
    while written.shape[1] < longest and not (written == end_id).any(dim=1).all():
        output = language.read(new, mask, past_key_values=cache, use_cache=True)
        logits = nucleus(output.logits[:, -1].float() / temperature, top_p)
        drawn = logits.softmax(dim=-1).cpu().multinomial(1, generator=generator)
        ended = (written == end_id).any(dim=1, keepdim=True)
        after = drawn.to(ids.device).masked_fill(ended, end_id)
        written = torch.cat([written, after], dim=1)
        cache, mask = output.past_key_values, F.pad(mask, (0, 1), value=1)
        new = language.embed(after)
    return written
