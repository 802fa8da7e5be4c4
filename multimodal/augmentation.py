"""Random changes of images that leave their class as it is.

They work on whole batches, (batch, channels, height, width), on any device, and draw
from torch's global generator.
"""

import torch
from torch import Tensor
from torch.nn import functional as F


def shift_and_flip(images: Tensor, most: int = 4) -> Tensor:
    """Shift each image by a few pixels and mirror every second one, left to right.

    Args:
        images: (batch, channels, height, width).
        most: largest shift in each direction, in pixels; what comes into view at the
            edge is mirrored from the inside.
    Returns:
        Images of the same shape. Not for scenes with a left and a right in their
        captions: mirroring makes those captions wrong.
    """
    batch, _, height, width = images.shape
    device = images.device
    padded = F.pad(images, (most,) * 4, mode="reflect")
    down, right = torch.randint(2 * most + 1, (2, batch, 1), device=device)
    rows = down + torch.arange(height, device=device)  # (batch, height)
    columns = right + torch.arange(width, device=device)  # (batch, width)
    mirrored = torch.rand(batch, 1, device=device) < 0.5
    columns = torch.where(mirrored, columns.flip(1), columns)
    image = torch.arange(batch, device=device)[:, None, None]
    pixels = padded.permute(0, 2, 3, 1)  # the channels of a pixel stay together
    changed = pixels[image, rows[:, :, None], columns[:, None, :]]
    return changed.permute(0, 3, 1, 2).contiguous()


def jitter_colours(images: Tensor, strength: float = 0.3) -> Tensor:
    """Change the brightness, the contrast and the saturation of each image.

    Args:
        images: (batch, 3, height, width), between -1 and 1.
        strength: the factors lie between 1 - strength and 1 + strength.
    """
    factors = 1 + strength * (2 * torch.rand(3, len(images), device=images.device) - 1)
    brightness, contrast, saturation = factors[..., None, None, None]
    images = (images + 1) * brightness - 1
    grey = images.mean(dim=1, keepdim=True)
    images = grey + (images - grey) * saturation
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return (mean + (images - mean) * contrast).clamp(-1, 1)


def cut_out(images: Tensor, size: int = 8) -> Tensor:
    """Cover a square of each image with grey (DeVries and Taylor, 2017).

    Args:
        images: (batch, channels, height, width), between -1 and 1.
        size: side of the square, in pixels; it may hang over the edge.
    """
    batch, _, height, width = images.shape
    rows = torch.arange(height, device=images.device)
    columns = torch.arange(width, device=images.device)
    top = torch.randint(1 - size, height, (batch, 1), device=images.device)
    left = torch.randint(1 - size, width, (batch, 1), device=images.device)
    in_rows = (rows >= top) & (rows < top + size)  # (batch, height)
    in_columns = (columns >= left) & (columns < left + size)  # (batch, width)
    covered = in_rows[:, None, :, None] & in_columns[:, None, None, :]
    return images.masked_fill(covered, 0.0)
