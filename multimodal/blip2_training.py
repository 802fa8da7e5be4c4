"""Train BLIP-2 in its two stages, on what a frozen encoder has seen once."""

import itertools
import random
from collections.abc import Callable, Sequence

import torch
from accelerate import PartialState
from torch import Tensor, nn

from multimodal.blip2_losses import IGNORED, itc_similarity, rerank
from multimodal.blip2_stage1 import Blip2Stage1
from multimodal.frozen_language_model import (
    FrozenLanguageModel,
    TextBatch,
    batch_answers,
)
from multimodal.qformer import real_tokens
from multimodal.retrieval import retrieval_numbers
from multimodal.training import Recipe, batch_indices, train


def train_stage1(
    model: Blip2Stage1,
    batches: Callable[[int], tuple[Tensor, Tensor]],
    end_id: int,
    recipe: Recipe,
    on_step: Callable[[int, list[float]], None] | None = None,
    **options,
) -> list[float]:
    """Train a Q-Former to find, to match and to write captions, all at the same time.

    Args:
        model: is moved to the device, and left in evaluation mode.
        batches: gives image features and the tokens of captions by the step, as
            `CaptionBatches` does; no image comes twice in a batch.
        end_id: ends a caption, and fills it up.
        recipe: steps, batch size, learning rate and so on.
        on_step: called after each step with its number and the losses of ITC, ITM
            and ITG.
        options: `folder`, as for `train`.
    Returns:
        The sum of the losses, of every step.
    """
    state, losses = PartialState(), []

    def batch_loss(model: nn.Module, step: int) -> Tensor:
        own = slice(state.process_index, None, state.num_processes)
        features, ids = (part[own].to(state.device) for part in batches(step))
        parts = model(features.float(), ids, real_tokens(ids, end_id))
        losses[:] = [loss.item() for loss in parts]
        return parts.total

    def report(step: int, total: float) -> None:
        if on_step:
            on_step(step, list(losses))

    return train(model, batch_loss, recipe, report, **options)


@torch.inference_mode()
def embed_stage1(
    model: Blip2Stage1, features: Tensor, ids: Tensor, end_id: int, batch_size=100
) -> tuple[Tensor, Tensor]:
    """Embed images and texts for the contrast of the first stage.

    Args:
        model: is brought into evaluation mode.
        features: (images, image tokens, image_width).
        ids: int64 (texts, tokens), filled up with END.
        end_id: number of END.
        batch_size: images or texts in one pass; the result does not depend on it.
    Returns:
        Unit vectors (images, queries, width) and (texts, width), on the CPU.
    """
    model.eval()
    device = model.temperature.device
    images = [
        model.encode_image(part.to(device).float()).cpu()
        for part in features.split(batch_size)
    ]
    texts = [
        model.encode_text(part.to(device), real_tokens(part, end_id).to(device)).cpu()
        for part in ids.split(batch_size)
    ]
    return torch.cat(images), torch.cat(texts)


@torch.inference_mode()
def match_logit(
    model: Blip2Stage1, features: Tensor, ids: Tensor, end_id: int
) -> Tensor:
    """Give the logit that each text tells of the image beside it: "yes" less "no".

    Args:
        model: in evaluation mode.
        features, ids: of as many images as texts; one image serves all texts, and one
            text all images.
        end_id: number of END.
    Returns:
        (pairs,), on the CPU.
    """
    pairs, device = max(len(features), len(ids)), model.temperature.device
    features = features.to(device).float().expand(pairs, -1, -1)
    ids = ids.to(device).expand(pairs, -1)
    logits = model.match(features, ids, real_tokens(ids, end_id))
    return (logits[:, 1] - logits[:, 0]).cpu()


def measure_stage1(
    model: Blip2Stage1,
    features: Tensor,
    ids: Tensor,
    own: Tensor,
    end_id: int,
    k: int = 16,
) -> dict[str, dict[str, float]]:
    """Measure retrieval by ITC, and after ITM has looked at the best once more.

    Args:
        model: is brought into evaluation mode.
        features: (images, image tokens, image_width).
        ids: int64 (texts, tokens), filled up with END.
        own: boolean (images, texts): True where the text is right for the image.
        end_id: number of END.
        k: how many answers ITM looks at, for each image and for each text.
    Returns:
        For "ITC" and for "ITM" recall at 1, 5 and 10 and the median rank, from image
        to text (i2t) and from text to image (t2i).
    """
    images, texts = embed_stage1(model, features, ids, end_id)
    cosines = torch.cat([itc_similarity(part, texts) for part in images.split(50)])
    again = {
        "i2t": rerank(
            cosines,
            lambda image, best: match_logit(
                model, features[image : image + 1], ids[best], end_id
            ),
            k,
        ),
        "t2i": rerank(
            cosines.T,
            lambda text, best: match_logit(
                model, features[best], ids[text : text + 1], end_id
            ),
            k,
        ),
    }
    return {
        "ITC": retrieval_numbers({"i2t": cosines, "t2i": cosines.T}, own),
        "ITM": retrieval_numbers(again, own),
    }


class AnswerBatches:
    """Batches of encoded images, each with a prompt and the answer to it.

    A batch depends on the step and the seed alone.

    Args:
        features: (images, positions, width), as a frozen encoder gives them.
        examples: for each image some pairs of a prompt and an answer, both as token
            numbers.
        end_id: put after each answer.
        padding_id: fills the shorter texts up.
        recipe: gives the batch size, counted in images, and the seed.
        each: how many examples of an image are drawn into a batch.
        mirrored: features of the mirrored images, which give half of a batch.
        parts: of each image's examples; those of a batch come from one of them, drawn
            by chance. Texts of one kind are about as long, and need little padding.
    """

    def __init__(
        self,
        features: Tensor,
        examples: Sequence[Sequence[tuple[Sequence[int], Sequence[int]]]],
        end_id: int,
        padding_id: int,
        recipe: Recipe,
        each: int = 1,
        mirrored: Tensor | None = None,
        parts: Sequence[slice] = (slice(None),),
    ):
        self.parts = parts
        self.views = [features] if mirrored is None else [features, mirrored]
        self.examples, self.recipe, self.each = examples, recipe, each
        self.end_id, self.padding_id = end_id, padding_id

    def __call__(self, step: int) -> tuple[Tensor, TextBatch]:
        """Give features (batch, positions, width) and `each` texts of every image."""
        rng = random.Random(f"answers {self.recipe.seed} {step}")
        batch = batch_indices(step, len(self.examples), self.recipe).tolist()
        features = torch.stack([rng.choice(self.views)[number] for number in batch])
        part = random.Random(f"part {self.recipe.seed} {step}").choice(self.parts)
        drawn = [rng.sample(self.examples[number][part], self.each) for number in batch]
        prompts, answers = zip(*itertools.chain(*drawn), strict=True)
        texts = batch_answers(prompts, answers, self.end_id, self.padding_id)
        return features, texts


def train_bridge(
    bridge: nn.Module,
    language: FrozenLanguageModel,
    batches: Callable[[int], tuple[Tensor, TextBatch]],
    recipe: Recipe,
    request: Sequence[int] = (),
    **options,
) -> list[float]:
    """Train a bridge to give a frozen language model what it needs for its answers.

    Args:
        bridge: turns image features into soft prompts; is moved to the device, and
            left in evaluation mode.
        language: is moved to the device; nothing in it changes.
        batches: gives image features and texts by the step, as `AnswerBatches` does.
        recipe: steps, batch size, learning rate and so on.
        request: token numbers between soft prompts and texts, the same for all.
        options: `on_step`, `folder` and `after_update`, as for `train`.
    Returns:
        The loss of every step, in nats per token of the answers.
    """
    state = PartialState()
    language.to(state.device)

    def batch_loss(bridge: nn.Module, step: int) -> Tensor:
        features, texts = batches(step)
        own = slice(state.process_index, None, state.num_processes)
        rows = torch.arange(len(texts.ids)).view(len(features), -1)[own].flatten()
        texts = TextBatch(*(part[rows].to(state.device) for part in texts))
        soft_prompts = bridge(features[own].to(state.device))
        return language.shared_loss(soft_prompts, texts, request)

    return train(bridge, batch_loss, recipe, **options)


@torch.inference_mode()
def answers_loss(
    bridge: nn.Module,
    language: FrozenLanguageModel,
    batches: AnswerBatches,
    request: Sequence[int] = (),
    batch_size: int = 10,
) -> float:
    """Measure how well answers are foretold, without training on them.

    Args:
        bridge, language, request: as for `train_bridge`.
        batches: its first batch holds the images to be measured, all of them.
        batch_size: images in one pass.
    Returns:
        The mean loss in nats per token, END included.
    """
    features, texts = batches(0)
    device, losses, tokens = language.opening.device, 0.0, 0
    bridge.eval()
    each = len(texts.ids) // len(features)
    parts = (part.split(batch_size * each) for part in texts)
    for images, *rows in zip(features.split(batch_size), *parts, strict=True):
        part = TextBatch(*(values.to(device) for values in rows))
        number = int((part.labels != IGNORED).sum())
        soft_prompts = bridge(images.to(device))
        loss = language.shared_loss(soft_prompts, part, request)
        losses, tokens = losses + loss.item() * number, tokens + number
    return losses / tokens
