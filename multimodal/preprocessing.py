"""Prepare images as a published model expects them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from multimodal.weights import read_json


@dataclass
class ImagePreprocessing:
    """Resize images to one size, scale their numbers, and centre them.

    The defaults are those of google/vit-base-patch16-224.

    Args:
        size: height and width, in pixels.
        crop: False stretches images to the size; True shrinks them until their
            shorter side fits, and cuts the middle out, as CLIP does.
        resample: Pillow's number for the filter: 2 bilinear, 3 bicubic.
        scale: factor for the numbers 0 to 255.
        mean, std: of each channel after scaling; subtracted, divided by.
    """

    size: tuple[int, int] = (224, 224)
    resample: int = 2
    scale: float = 1 / 255
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    std: tuple[float, ...] = (0.5, 0.5, 0.5)
    crop: bool = False

    def fit(self, image: Image.Image) -> Image.Image:
        """Bring one image to the size."""
        height, width = self.size
        image = image.convert("RGB")
        if not self.crop:
            return image.resize((width, height), self.resample)  # Pillow: width first
        if height != width:
            raise ValueError(f"only squares can be cut out, not {height} x {width}")
        shorter = min(image.size)
        sizes = [int(height * side / shorter) for side in image.size]
        image = image.resize(sizes, self.resample)
        left, top = ((side - height) // 2 for side in image.size)
        return image.crop((left, top, left + width, top + height))

    def __call__(self, images: Iterable[Image.Image]) -> Tensor:
        """Return (batch, 3, height, width), in single precision."""
        resized = [self.fit(image) for image in images]
        pixels = torch.from_numpy(np.stack(resized)).float() * self.scale
        pixels = (pixels - torch.tensor(self.mean)) / torch.tensor(self.std)
        return pixels.permute(0, 3, 1, 2).contiguous()

    @classmethod
    def from_pretrained(cls, name_or_path: str | Path) -> "ImagePreprocessing":
        """Read the `preprocessor_config.json` of a published model.

        Raises:
            UnavailableError: an OSError; the file can't be had.
            ValueError: it asks for more than resizing, cropping and centring.
        """
        config = read_json(name_or_path, "preprocessor_config.json")
        size = config.get("size", 224)
        if isinstance(size, int):  # as older files write it
            size = {"height": size, "width": size}
        crop = bool(config.get("do_center_crop"))
        if crop and "shortest_edge" in size:
            size = {"height": size["shortest_edge"], "width": size["shortest_edge"]}
        cut = config.get("crop_size", size) if crop else size
        cut = {"height": cut, "width": cut} if isinstance(cut, int) else cut
        if set(size) != {"height", "width"} or cut != size:
            raise ValueError(
                f"{name_or_path} keeps the proportions of its images or crops them in "
                "another way: only resizing to a fixed size is supported, and cutting "
                "out the middle after shrinking the shorter side to the same size"
            )
        centred = config.get("do_normalize", True)
        return cls(
            size=(size["height"], size["width"]),
            resample=config.get("resample", 2),
            scale=config.get("rescale_factor", 1 / 255),
            mean=tuple(config.get("image_mean", (0.5,) * 3)) if centred else (0.0,) * 3,
            std=tuple(config.get("image_std", (0.5,) * 3)) if centred else (1.0,) * 3,
            crop=crop,
        )
