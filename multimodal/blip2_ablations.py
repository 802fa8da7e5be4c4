"""BLIP-2's first stage with one thing changed, to see what each is good for."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.blip2_losses import (
    IGNORED,
    itc_loss,
    itm_loss,
    next_token_loss,
    pair_logits,
    same_pairs,
    sample_hard_negatives,
)
from multimodal.blip2_stage1 import match_hard_negatives
from multimodal.blip2_training import match_logit, measure_stage1


@dataclass(frozen=True)
class Stage1Switches:
    """What stage 1 trains with; each default is what it should do.

    Args:
        itc, itm, itg: whether the loss counts.
        hard: draw wrong pairs by their similarity, not all with one probability.
    """

    itc: bool = True
    itm: bool = True
    itg: bool = True
    hard: bool = True


def switched_stage1_loss(
    model: nn.Module,
    features: Tensor,
    ids: Tensor,
    is_token: Tensor,
    switches: Stage1Switches,
) -> Tensor:
    """Give the sum of the losses of stage 1 as the switches say.

    Args:
        model: a `Blip2Stage1`; `features`, `ids` and `is_token` are as it takes them.
        switches: with their defaults, the loss is the `total` of the model's losses.
    """
    smoothing, losses = model.config.smoothing, []
    queries, logits = model.read_and_write(features, ids, is_token)
    if switches.itg:
        labels = ids.masked_fill(~is_token, IGNORED)
        losses.append(next_token_loss(logits, labels, smoothing))
    images = F.normalize(model.project_image(queries), dim=-1)
    texts = model.encode_text(ids, is_token)
    image_logits, text_logits = pair_logits(images, texts, model.temperature)
    if switches.itc:
        losses.append(itc_loss(image_logits, text_logits, smoothing))
    if switches.itm:
        if not switches.hard:  # all logits equal: all wrong answers as likely
            image_logits, text_logits = 0 * image_logits, 0 * text_logits
        same = same_pairs(ids)
        wrong_images = sample_hard_negatives(text_logits, same)
        wrong_texts = sample_hard_negatives(image_logits, same)
        pairs = (features, ids, is_token, wrong_images, wrong_texts)
        losses.append(itm_loss(match_hard_negatives(model, *pairs)))
    return sum(losses)


@torch.inference_mode()
def matching_table(
    model: nn.Module, features: Tensor, ids: Tensor, end_id: int
) -> Tensor:
    """Ask of each image and each text whether they match, without a choice by ITC.

    Args:
        model: a `Blip2Stage1`, in evaluation mode.
        features: (images, image tokens, image_width).
        ids: int64 (texts, tokens), filled up with END.
        end_id: number of END.
    Returns:
        The logits of "yes" less those of "no", (images, texts), on the CPU.
    """
    rows = [match_logit(model, image[None], ids, end_id) for image in features]
    return torch.stack(rows)


def measure_recall(
    model: nn.Module, features: Tensor, ids: Tensor, own: Tensor, end_id: int, k: int
) -> dict[str, float]:
    """Give R@1, the mean of both directions, by ITC and after ITM among its k best.

    Args:
        model, features, ids, own, end_id, k: as for `measure_stage1`.
    """
    measured = measure_stage1(model, features, ids, own, end_id, k)
    return {
        f"{way} R@1": (numbers["i2t R@1"] + numbers["t2i R@1"]) / 2
        for way, numbers in measured.items()
    }
