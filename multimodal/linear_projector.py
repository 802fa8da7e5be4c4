"""The other bridge: every image token becomes a soft prompt, by one layer or two."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from multimodal.qformer import FeatureNorm
from multimodal.weights import load_model, save_model


@dataclass
class LinearProjectorConfig:
    """Sizes and options of a `LinearProjector`.

    Args:
        image_width: length of the image features.
        language_width: length of the vectors that enter the language model.
        hidden_width: of a layer in between, as LLaVA-1.5 has it; 0 for none, as LLaVA.
        prompt_norm: about how long soft prompts are when training starts, best as long
            as the language model's own vectors; by default the weights deviate by 0.02.
        image_norm_eps: added to the variance inside the layer normalisation.
    """

    image_width: int
    language_width: int
    hidden_width: int = 0
    prompt_norm: float | None = None
    image_norm_eps: float = 1e-6


class LinearProjector(nn.Module):
    """Turn image features into soft prompts one by one (Liu et al., 2023, LLaVA).

    No token hears of another, and there are as many soft prompts as image tokens: the
    language model has to find out by itself what it needs.

    Args:
        config: sizes and options.
    """

    config_class = LinearProjectorConfig

    def __init__(self, config: LinearProjectorConfig):
        super().__init__()
        self.config = config
        width, hidden = config.image_width, config.hidden_width
        self.image_norm = FeatureNorm(width, eps=config.image_norm_eps)
        layers = [nn.Linear(width, hidden), nn.GELU()] if hidden else []
        last = nn.Linear(hidden or width, config.language_width)
        self.project = nn.Sequential(*layers, last)
        nn.init.zeros_(self.project[-1].bias)
        if config.prompt_norm:
            self.set_prompt_norm(config.prompt_norm)

    @torch.no_grad()
    def set_prompt_norm(self, norm: float) -> None:
        """Scale the last layer so that random features give prompts of this length."""
        probe = torch.randn(256, self.config.image_width)
        length = self.project(self.image_norm(probe)).norm(dim=-1).mean()
        self.project[-1].weight *= norm / length

    def forward(self, features: Tensor) -> Tensor:
        """Return soft prompts, (batch, image tokens, language_width)."""
        features = features.to(self.project[-1].weight)
        return self.project(self.image_norm(features))

    save = save_model
    load = classmethod(load_model)
