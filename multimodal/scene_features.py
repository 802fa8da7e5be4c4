"""What the frozen image tower of chapter 4 sees in scenes, computed once."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from multimodal.clip import CLIP, ImageTower
from multimodal.emoji_scenes import Scene
from multimodal.training import to_float


def frozen_image_tower(clip: CLIP) -> ImageTower:
    """Take the image tower of a trained CLIP, never to be trained again."""
    return clip.image.requires_grad_(False).eval()


@torch.inference_mode()
def scene_features(
    tower: ImageTower, scenes: Sequence[Scene], batch_size: int = 250
) -> Tensor:
    """Give every token that a frozen tower makes of scenes, not the last average.

    Args:
        tower: in evaluation mode.
        scenes: are rendered.
        batch_size: scenes in one pass; the result does not depend on it.
    Returns:
        (scenes, 1 + patches, width), CLS first, in half precision, on the CPU.
    """
    device, parts = tower.cls_token.device, []
    starts = range(0, len(scenes), batch_size)
    for first in tqdm(starts, desc="scenes", disable=len(starts) < 20, mininterval=1):
        pixels = np.stack([s.pixels for s in scenes[first : first + batch_size]])
        images = to_float(torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2))
        parts.append(tower.tokens(images).half().cpu())
    return torch.cat(parts)
