"""A CLIP for photographs whose image side is frozen (Zhai et al., 2022)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.clip import CLIP, TextTower, TextTowerConfig, initialise_tower
from multimodal.retrieval import own_captions, retrieval_numbers
from multimodal.scene_pairs import embed_texts
from multimodal.search import exact_search
from multimodal.tokenizer import Tokenizer
from multimodal.weights import load_model, save_model


class AttentionPooling(nn.Module):
    """Average the vectors of a photograph several times, weighted in learned ways.

    Each head gives every position a score and averages all positions, weighted by the
    softmax of the scores. At first all scores are zero, and each head takes the mean.

    Args:
        width: length of each vector.
        heads: number of averages.
    """

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.score = nn.Linear(width, heads, bias=False)
        nn.init.zeros_(self.score.weight)

    def weights(self, maps: Tensor) -> Tensor:
        """Return who looks where: (batch, heads, positions), 1 over the positions."""
        return self.score(maps).transpose(1, 2).softmax(dim=-1)

    def forward(self, maps: Tensor) -> Tensor:
        """Return (batch, heads * width) of maps (batch, positions, width)."""
        return (self.weights(maps) @ maps).flatten(1)


@dataclass
class LockedCLIPConfig:
    """Sizes and options of a `LockedCLIP`.

    Args:
        text: of the text tower; a dictionary, as in a file, is fine too.
        embedding_width: length of the vectors that photographs and texts share.
        image_width: length of the vectors that the frozen encoder gives.
        image_heads: averages that the photographs' head takes.
        image_dropout: share of the averaged numbers that training drops.
        temperature: that training starts with; similarities are divided by it.
    """

    text: TextTowerConfig
    embedding_width: int
    image_width: int = 1280
    image_heads: int = 4
    image_dropout: float = 0.0
    temperature: float = 0.07

    def __post_init__(self):
        if isinstance(self.text, dict):
            self.text = TextTowerConfig(**self.text)


class LockedCLIP(nn.Module):
    """Embed photographs, seen by a frozen encoder, and texts into one space.

    It is used like a `CLIP`, but for images it is given what the encoder makes of
    them, once and for all: (batch, positions, image_width). Only the small head on
    top of that and the text tower are trained.
    """

    config_class = LockedCLIPConfig

    def __init__(self, config: LockedCLIPConfig):
        super().__init__()
        self.config = config
        width, pooled = config.embedding_width, config.image_heads * config.image_width
        self.pool = AttentionPooling(config.image_width, config.image_heads)
        self.image_norm = nn.LayerNorm(pooled)
        self.image_dropout = nn.Dropout(config.image_dropout)
        self.project_image = nn.Linear(pooled, width, bias=False)
        self.text = TextTower(config.text)
        self.project_text = nn.Linear(config.text.width, width, bias=False)
        self.logit_scale = nn.Parameter(torch.tensor(-math.log(config.temperature)))
        initialise_tower(self.text)

    def encode_image(self, maps: Tensor) -> Tensor:
        """Return unit vectors, (batch, embedding_width), of encoded photographs."""
        pooled = self.image_dropout(self.image_norm(self.pool(maps.float())))
        return F.normalize(self.project_image(pooled), dim=-1)

    def encode_text(self, ids: Tensor) -> Tensor:
        """Return unit vectors, (batch, embedding_width), of texts (batch, tokens)."""
        return F.normalize(self.project_text(self.text(ids)), dim=-1)

    def forward(self, maps: Tensor, ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the unit vectors of photographs and texts, the factor for cosines."""
        return self.encode_image(maps), self.encode_text(ids), self.logit_scale.exp()

    clamp_logit_scale = CLIP.clamp_logit_scale
    save = save_model
    load = classmethod(load_model)


@torch.inference_mode()
def embed_maps(model: LockedCLIP, maps: Tensor, batch_size: int = 250) -> Tensor:
    """Embed encoded photographs, with the model in evaluation mode.

    Args:
        model: its head is applied.
        maps: (photographs, positions, width).
        batch_size: photographs in one pass; the result does not depend on it.
    Returns:
        Unit vectors (photographs, embedding_width), on the CPU.
    """
    model.eval()
    device = model.logit_scale.device
    return torch.cat(
        [model.encode_image(part.to(device)).cpu() for part in maps.split(batch_size)]
    )


def measure_photographs(
    model: LockedCLIP,
    tokenizer: Tokenizer,
    maps: Tensor,
    captions: Sequence[Sequence[str]],
) -> dict[str, float]:
    """Measure retrieval among photographs and all of their captions.

    A photograph is right if one of its own captions is found; a caption, if its own
    photograph is (Hodosh et al., 2013; Karpathy & Fei-Fei, 2015).

    Args:
        model, tokenizer: that belong together.
        maps: (photographs, positions, width).
        captions: of each photograph.
    Returns:
        Recall at 1, 5 and 10 and the median rank in both directions.
    """
    images = embed_maps(model, maps)
    texts = [text for own in captions for text in own]
    texts = embed_texts(model, tokenizer, texts, batch_size=250)
    own = own_captions(captions)
    cosines = images @ texts.T
    return retrieval_numbers({"i2t": cosines, "t2i": cosines.T}, own)


def nearest_captions(
    model: LockedCLIP, tokenizer: Tokenizer, maps: Tensor, captions: Sequence[str]
) -> list[str]:
    """Describe each photograph with the nearest caption: what needs no writing.

    Args:
        model, tokenizer: that belong together.
        maps: (photographs, positions, width).
        captions: to choose from, such as all of the train split.
    """
    images = embed_maps(model, maps)
    texts = embed_texts(model, tokenizer, captions)
    return [
        captions[place] for place in exact_search(images, texts, 1)[1][:, 0].tolist()
    ]
