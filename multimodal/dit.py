"""A diffusion transformer: it predicts images, or latents, from noisy ones.

Peebles and Xie, "Scalable Diffusion Models with Transformers", 2023. That the clean
image itself is predicted follows Li and He, "Back to Basics", 2025.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.transformer import MLP, MultiHeadAttention
from multimodal.vit import PatchEmbedding, unpatchify
from multimodal.weights import load_model, save_model


@dataclass
class DiTConfig:
    """Sizes of a `DiT`.

    Args:
        side: height and width of what is generated: pixels, or places of latents.
        patch_size: height and width of a patch; divides the side.
        width: length of each token vector; a multiple of `heads` and of 4.
        layers, heads: of the transformer.
        condition_width: length of the vectors that tell what to draw.
        channels: numbers at each place: 3 for colour images, more for latents.
    """

    side: int
    patch_size: int
    width: int
    layers: int
    heads: int
    condition_width: int
    channels: int = 3

    def __post_init__(self):
        if self.side % self.patch_size:
            raise ValueError(
                f"a side of {self.side} doesn't divide into patches of "
                f"{self.patch_size}"
            )


def sinusoids(numbers: Tensor, width: int, slowest: float = 10_000.0) -> Tensor:
    """Write each number as sines and cosines of many frequencies.

    Args:
        numbers: any shape.
        width: numbers in the result, an even one; half of them are cosines.
        slowest: the longest wave, as a multiple of the shortest.
    Returns:
        (..., width).
    """
    exponents = torch.arange(width // 2, device=numbers.device) / (width // 2)
    angles = numbers[..., None] * slowest**-exponents
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


def grid_positions(side: int, width: int) -> Tensor:
    """Give each place of a square grid its vector: half of it tells the row.

    Returns:
        (side * side, width), row by row.
    """
    along = sinusoids(torch.arange(side).float(), width // 2)
    rows, columns = along.repeat_interleave(side, dim=0), along.repeat(side, 1)
    return torch.cat([rows, columns], dim=1)


def modulate(tokens: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """Scale and shift the numbers of all tokens of an image alike."""
    return tokens * (1 + scale[:, None]) + shift[:, None]


class DiTBlock(nn.Module):
    """Attention and an MLP, both steered by a condition (adaLN-zero).

    The condition gives a shift and a scale of what enters each of them, and a gate
    that what leaves it is multiplied by. The gates begin at zero, so that a new block
    changes nothing.
    """

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width, eps=1e-6, elementwise_affine=False)
        self.attention = MultiHeadAttention(width, heads)
        self.mlp_norm = nn.LayerNorm(width, eps=1e-6, elementwise_affine=False)
        self.mlp = MLP(width, 4 * width, "gelu_pytorch_tanh")
        self.steer = nn.Linear(width, 6 * width)
        nn.init.zeros_(self.steer.weight)
        nn.init.zeros_(self.steer.bias)

    def forward(self, tokens: Tensor, condition: Tensor) -> Tensor:
        """Return (batch, tokens, width); the condition is (batch, width)."""
        steering = self.steer(F.silu(condition)).chunk(6, dim=-1)
        shift, scale, gate = steering[:3]
        normalised = modulate(self.attention_norm(tokens), shift, scale)
        tokens = tokens + gate[:, None] * self.attention(normalised)
        shift, scale, gate = steering[3:]
        normalised = modulate(self.mlp_norm(tokens), shift, scale)
        return tokens + gate[:, None] * self.mlp(normalised)


class DiT(nn.Module):
    """Predict the images that noisy ones come from, told what they show.

    Images may be latents: anything (batch, channels, side, side).
    """

    config_class = DiTConfig

    def __init__(self, config: DiTConfig):
        super().__init__()
        self.config = config
        width, patch = config.width, config.patch_size
        self.patch_embedding = PatchEmbedding(patch, width, config.channels)
        positions = grid_positions(config.side // patch, width)
        self.register_buffer("positions", positions, persistent=False)
        self.embed_time = MLP(width, width, "gelu_pytorch_tanh")
        self.embed_condition = nn.Sequential(
            nn.Linear(config.condition_width, width), MLP(width, 4 * width)
        )
        self.no_condition = nn.Parameter(torch.zeros(config.condition_width))
        self.blocks = nn.ModuleList(
            DiTBlock(width, config.heads) for _ in range(config.layers)
        )
        self.norm = nn.LayerNorm(width, eps=1e-6, elementwise_affine=False)
        self.steer = nn.Linear(width, 2 * width)
        self.to_patches = nn.Linear(width, patch * patch * config.channels)
        for layer in (self.steer, self.to_patches):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(
        self, images: Tensor, times: Tensor, conditions: Tensor, dropped: Tensor
    ) -> Tensor:
        """Return the predicted images, (batch, channels, side, side)."""
        conditions = torch.where(dropped[:, None], self.no_condition, conditions)
        condition = self.embed_time(sinusoids(1000 * times, self.config.width))
        condition = condition + self.embed_condition(conditions)
        tokens = self.patch_embedding(images) + self.positions
        for block in self.blocks:
            tokens = block(tokens, condition)
        shift, scale = self.steer(F.silu(condition)).chunk(2, dim=-1)
        patches = self.to_patches(modulate(self.norm(tokens), shift, scale))
        return unpatchify(patches, self.config.patch_size)

    save = save_model
    load = classmethod(load_model)
