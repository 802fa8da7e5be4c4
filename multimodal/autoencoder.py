"""A small autoencoder: images become a few numbers, from which they are painted again.

It plays the part that the first stage of latent diffusion plays (Rombach et al., 2022).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.convnet import ResidualBlock
from multimodal.weights import load_model, save_model


@dataclass
class AutoencoderConfig:
    """Sizes of an `Autoencoder`.

    Args:
        width: feature maps next to the image; there are 4 times as many in the middle.
        latent_channels: numbers at each place of the latents.
        noise: deviation of what training adds to the latents, whose numbers have a
            mean square of 1, so that near latents give near images.
        channels: 3 for colour images.
    """

    width: int = 32
    latent_channels: int = 8
    noise: float = 0.1
    channels: int = 3


class Upsample(nn.Module):
    """Double height and width: each place becomes 2 x 2 places of its own."""

    def __init__(self, channels_in: int, channels_out: int):
        super().__init__()
        self.expand = nn.Conv2d(channels_in, 4 * channels_out, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """Return (batch, channels_out, 2 * rows, 2 * columns)."""
        return F.pixel_shuffle(self.expand(maps), 2)


class Autoencoder(nn.Module):
    """Press images to an eighth of their height and width, and paint them again.

    Images are float (batch, channels, height, width), from -1 to 1.
    """

    config_class = AutoencoderConfig

    def __init__(self, config: AutoencoderConfig):
        super().__init__()
        self.config = config
        w, latent = config.width, config.latent_channels
        self.encoder = nn.Sequential(
            nn.Conv2d(config.channels, w, kernel_size=3, stride=2, padding=1),
            ResidualBlock(w, 2 * w, stride=2),
            ResidualBlock(2 * w, 4 * w, stride=2),
            nn.Conv2d(4 * w, latent, kernel_size=1),
        )
        self.decoder = nn.Sequential(
            nn.Conv2d(latent, 4 * w, kernel_size=1),
            ResidualBlock(4 * w, 4 * w),
            Upsample(4 * w, 2 * w),
            ResidualBlock(2 * w, 2 * w),
            Upsample(2 * w, w),
            ResidualBlock(w, w),
            nn.Conv2d(w, 4 * config.channels, kernel_size=3, padding=1),
            nn.PixelShuffle(2),
        )

    def encode(self, images: Tensor) -> Tensor:
        """Return latents, (batch, latent_channels, height / 8, width / 8).

        The numbers at each place have a mean square of 1.
        """
        maps = self.encoder(images)
        return maps * maps.square().mean(dim=1, keepdim=True).add(1e-6).rsqrt()

    def decode(self, latents: Tensor) -> Tensor:
        """Return the images that latents stand for."""
        return self.decoder(latents)

    def forward(self, images: Tensor) -> Tensor:
        """Return the images as they come back; in training, through noisy latents."""
        latents = self.encode(images)
        if self.training:
            latents = latents + self.config.noise * torch.randn_like(latents)
        return self.decode(latents)

    save = save_model
    load = classmethod(load_model)
