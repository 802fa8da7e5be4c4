"""A prior: it turns the embedding of a text into embeddings of fitting images.

Ramesh et al., "Hierarchical Text-Conditional Image Generation with CLIP Latents", 2022.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from multimodal.dit import sinusoids
from multimodal.transformer import MLP
from multimodal.weights import load_model, save_model


@dataclass
class PriorConfig:
    """Sizes of a `Prior`.

    Args:
        embedding_width: length of the embeddings, of texts and of images.
        width: numbers that each layer keeps.
        layers: how many.
    """

    embedding_width: int
    width: int = 384
    layers: int = 3


class Prior(nn.Module):
    """Predict image embeddings from noisy ones and the embedding of a text.

    It is called as a `DiT` is, so that it is trained by `flow_loss` and sampled by
    `follow`, too; in the place of images there are vectors.
    """

    config_class = PriorConfig

    def __init__(self, config: PriorConfig):
        super().__init__()
        self.config = config
        width, embedding_width = config.width, config.embedding_width
        self.no_text = nn.Parameter(torch.zeros(embedding_width))
        self.enter = nn.Linear(3 * embedding_width, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(config.layers))
        self.layers = nn.ModuleList(MLP(width, 2 * width) for _ in range(config.layers))
        self.leave = nn.Linear(width, embedding_width)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(
        self, places: Tensor, times: Tensor, texts: Tensor, dropped: Tensor
    ) -> Tensor:
        """Return the predicted image embeddings, (batch, embedding_width)."""
        texts = torch.where(dropped[:, None], self.no_text, texts)
        clock = sinusoids(1000 * times, self.config.embedding_width)
        hidden = self.enter(torch.cat([places, texts, clock], dim=-1))
        for norm, layer in zip(self.norms, self.layers, strict=True):
            hidden = hidden + layer(norm(hidden))
        return self.leave(hidden)

    save = save_model
    load = classmethod(load_model)
