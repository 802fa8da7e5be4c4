"""CLIP with one thing switched off at a time, to see what each is good for."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.retrieval import measure_retrieval
from multimodal.scene_pairs import same_caption


@dataclass(frozen=True)
class Switches:
    """What a CLIP does; each default is what it should do.

    Args:
        normalise: bring the embeddings to length 1.
        scale: a factor for the cosines that stays as it is; None learns it.
        both_directions: let texts choose among images, too, in the loss.
        read_last: read a text at the last position of the batch, not at its END.
        wrong_pairs: share of a batch in which captions are exchanged among images.
    """

    normalise: bool = True
    scale: float | None = None
    both_directions: bool = True
    read_last: bool = False
    wrong_pairs: float = 0.0


def embed_pairs(
    model: nn.Module, images: Tensor, ids: Tensor, switches: Switches
) -> tuple[Tensor, Tensor]:
    """Embed images and texts as the switches say.

    Args:
        model: a `CLIP`.
        images: float (pairs, 3, side, side).
        ids: int64 (pairs, tokens).
        switches: of which `normalise` and `read_last` count here.
    Returns:
        The embeddings of the images and of the texts, each (pairs, embedding_width).
    """
    if switches.read_last:
        read = model.text.tokens(ids)[:, -1]
    else:
        read = model.text(ids)
    embeddings = model.project_image(model.image(images)), model.project_text(read)
    if switches.normalise:
        return tuple(F.normalize(embedding, dim=-1) for embedding in embeddings)
    return embeddings


def switched_loss(
    model: nn.Module, images: Tensor, ids: Tensor, switches: Switches
) -> Tensor:
    """Give the contrastive loss as the switches say.

    Args:
        model, images, ids: as for `embed_pairs`.
        switches: with their defaults, the loss is `contrastive_loss`.
    """
    wrong = round(switches.wrong_pairs * len(ids))
    ids = torch.cat([ids[:wrong].roll(1, dims=0), ids[wrong:]])
    first, second = embed_pairs(model, images, ids, switches)
    fixed = switches.scale
    scale = model.logit_scale.exp() if fixed is None else fixed
    logits = scale * first @ second.T  # rows: images, columns: texts
    own = torch.arange(len(logits), device=logits.device)
    loss = F.cross_entropy(logits, own)
    if switches.both_directions:
        loss = (loss + F.cross_entropy(logits.T, own)) / 2
    return loss


def shared_targets(captions: list[str]) -> Tensor:
    """Give the right answers of a batch in which captions may be equal.

    Returns:
        (batch, batch); a row shares 1 equally among all texts that say the same.
    """
    same = same_caption(captions).float()
    return same / same.sum(dim=1, keepdim=True)


@torch.inference_mode()
def measure_pool(
    model: nn.Module,
    images: Tensor,
    ids: Tensor,
    captions: list[str],
    switches: Switches,
) -> dict[str, float]:
    """Measure retrieval in a pool of pairs, the mean of both directions.

    Args:
        model, images, ids: as for `embed_pairs`, all pairs in one batch.
        captions: the texts; equal ones are right answers for each other.
        switches: that the model was trained with.
    Returns:
        Recall at 1 and at 10.
    """
    training = model.training
    first, second = embed_pairs(model.eval(), images, ids, switches)
    model.train(training)
    right = same_caption(captions)
    found = [
        measure_retrieval(products, right, ks=(1, 10)).recall
        for products in (first @ second.T, second @ first.T)
    ]
    return {f"R@{k}": sum(recall[k] for recall in found) / 2 for k in (1, 10)}


def find_objects(images: Tensor) -> tuple[Tensor, Tensor]:
    """Tell the things of a scene from its background, which has one colour.

    Args:
        images: (batch, 3, height, width), between -1 and 1.
    Returns:
        Where the things are, boolean (batch, 1, height, width), and the colour of the
        background, (batch, 3, 1, 1): the median of the rim.
    """
    rim = torch.cat(
        [images[:, :, 0], images[:, :, -1], images[..., 0], images[..., -1]], dim=2
    )
    background = rim.median(dim=2).values[..., None, None]
    there = (images - background).abs().amax(dim=1, keepdim=True) > 0.1
    return there, background


def change_colours(images: Tensor) -> Tensor:
    """Paint the things of each scene in other colours, but not its background.

    A caption names the colour of the background, and has to stay true. The three
    colour channels are exchanged at random; then a third of the images is inverted and
    a third made grey, inside the things.

    Args:
        images: (batch, 3, height, width), between -1 and 1.
    """
    there, _ = find_objects(images)
    batch, device = len(images), images.device
    order = torch.rand(batch, 3, device=device).argsort(dim=1)
    changed = images[torch.arange(batch, device=device)[:, None], order]
    lot = torch.rand(batch, 1, 1, 1, device=device)
    changed = torch.where(lot < 1 / 3, -changed, changed)
    grey = changed.mean(dim=1, keepdim=True).expand_as(changed)
    changed = torch.where(lot > 2 / 3, grey, changed)
    return torch.where(there, changed, images)


def draw_lines(images: Tensor, share: float = 0.5) -> Tensor:
    """Turn some scenes into line drawings: white things with dark lines.

    A line is where a pixel is much darker than the brightest one next to it.

    Args:
        images: (batch, 3, height, width), between -1 and 1.
        share: of the images that are changed.
    """
    there, _ = find_objects(images)
    grey = images.mean(dim=1, keepdim=True)
    darker = F.max_pool2d(grey, 3, stride=1, padding=1) - grey
    lines = (1 - 2 * darker).clamp_min(-1).expand_as(images)  # 1: white, -1: black
    lot = torch.rand(len(images), 1, 1, 1, device=images.device)
    return torch.where(there & (lot < share), lines, images)
