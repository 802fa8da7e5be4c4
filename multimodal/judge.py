"""A second model that compares images and texts, to judge what a generator makes.

It has nothing in common with the CLIP that the generator is driven by: convolutions
in the place of patches, a recurrent network in the place of attention, other scenes to
learn from. A mistake that pleases one of the two need not please the other.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.convnet import ConvNet, ConvNetConfig
from multimodal.weights import load_model, save_model


@dataclass
class JudgeConfig:
    """Sizes of a `Judge`.

    Args:
        vocabulary_size: number of tokens there are; the last one ends a text.
        width: feature maps of the first of the three convolutional stages.
        text_width: length of the token vectors and of the recurrent state.
        embedding_width: length of the vectors that images and texts share.
        temperature: that training starts with.
    """

    vocabulary_size: int
    width: int = 24
    text_width: int = 128
    embedding_width: int = 128
    temperature: float = 0.07


class Judge(nn.Module):
    """Embed images and texts into one space, as `CLIP` does, with other means."""

    config_class = JudgeConfig

    def __init__(self, config: JudgeConfig):
        super().__init__()
        self.config = config
        convnet = ConvNet(ConvNetConfig(classes=1, width=config.width, blocks=1))
        self.stages = convnet.stages  # all of it but its head
        corners = 2 * 2  # pooled apart, or left and right would be lost
        features = corners * 4 * config.width
        self.project_image = nn.Linear(features, config.embedding_width, bias=False)
        self.token_embedding = nn.Embedding(config.vocabulary_size, config.text_width)
        self.text = nn.GRU(config.text_width, config.text_width, batch_first=True)
        self.project_text = nn.Linear(
            config.text_width, config.embedding_width, bias=False
        )
        self.logit_scale = nn.Parameter(torch.tensor(-math.log(config.temperature)))

    def encode_image(self, images: Tensor) -> Tensor:
        """Return unit vectors, (batch, embedding_width), of images."""
        maps = F.adaptive_avg_pool2d(self.stages(images), 2)
        return F.normalize(self.project_image(maps.flatten(1)), dim=-1)

    def encode_text(self, ids: Tensor) -> Tensor:
        """Return unit vectors, (batch, embedding_width), of texts (batch, tokens)."""
        states, _ = self.text(self.token_embedding(ids))
        is_end = ids == self.config.vocabulary_size - 1
        end = is_end.int().argmax(dim=1)  # the first one, where the text is over
        rows = torch.arange(len(ids), device=ids.device)
        return F.normalize(self.project_text(states[rows, end]), dim=-1)

    def forward(self, images: Tensor, ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return both kinds of unit vectors, and the factor for their cosines."""
        return self.encode_image(images), self.encode_text(ids), self.logit_scale.exp()

    @torch.no_grad()
    def clamp_logit_scale(self) -> None:
        """Keep the factor between 1 and 100; to be called after each update."""
        self.logit_scale.clamp_(0, math.log(100))

    save = save_model
    load = classmethod(load_model)
