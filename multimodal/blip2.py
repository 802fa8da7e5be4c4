"""BLIP-2: a bridge from a frozen image encoder to a frozen language model.

Li et al., "BLIP-2", 2023, section 3.3.
"""

import copy
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from multimodal.blip2_stage1 import Blip2Stage1
from multimodal.frozen_language_model import FrozenLanguageModel, TextBatch
from multimodal.hub import UnavailableError
from multimodal.qformer import QFormer, QFormerConfig
from multimodal.transformer import Encoder
from multimodal.vit import ViTConfig, ViTEmbedding
from multimodal.weights import load_model, load_weights, read_json, save_model


@dataclass
class BridgeConfig:
    """Sizes and options of a `Bridge`.

    Args:
        qformer: that reads no text; a dictionary, as in a file, is fine too.
        language_width: length of the vectors that enter the language model.
        prompt_norm: about how long soft prompts are when training starts, best as long
            as the language model's own vectors; by default the weights deviate by 0.02.
    """

    qformer: QFormerConfig
    language_width: int
    prompt_norm: float | None = None

    def __post_init__(self):
        if isinstance(self.qformer, dict):
            self.qformer = QFormerConfig(**self.qformer)


class Bridge(nn.Module):
    """Turn image features into soft prompts: all of BLIP-2 that is trained.

    Args:
        config: sizes and options.
    """

    config_class = BridgeConfig

    def __init__(self, config: BridgeConfig):
        super().__init__()
        self.config = config
        width = config.qformer.width
        self.qformer = QFormer(config.qformer)
        self.project = nn.Linear(width, config.language_width)
        # the Q-Former's normalised tokens have a mean square of 1 in each number
        norm, length = config.prompt_norm, (width * config.language_width) ** 0.5
        nn.init.normal_(self.project.weight, std=norm / length if norm else 0.02)
        nn.init.zeros_(self.project.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Return soft prompts, (batch, queries, language_width)."""
        features = features.to(self.project.weight)  # of a frozen encoder in bf16, say
        return self.project(self.qformer(features)[0])

    @classmethod
    def from_stage1(
        cls, stage1: Blip2Stage1, language_width: int, prompt_norm: float | None = None
    ) -> "Bridge":
        """Begin the second stage with what the first one learned."""
        qformer = stage1.qformer.without_text()
        bridge = cls(BridgeConfig(qformer.config, language_width, prompt_norm))
        load_weights(bridge.qformer, qformer.state_dict())
        return bridge.to(qformer.queries.device)

    save = save_model
    load = classmethod(load_model)


class ImageEncoder(nn.Module):
    """The ViT of BLIP-2, up to the last normalisation, which is part of the bridge.

    Args:
        config: sizes and options.
    """

    def __init__(self, config: ViTConfig):
        super().__init__()
        self.embedding = ViTEmbedding(config)
        sizes = (config.layers, config.width, config.heads, config.mlp_width)
        options = {"qkv_bias": config.qkv_bias, "activation": config.activation}
        self.encoder = Encoder(*sizes, **options, norm_eps=config.norm_eps)

    def forward(self, images: Tensor, interpolate: bool = False) -> Tensor:
        """Return (batch, 1 + patches, width) of images, (batch, 3, height, width)."""
        return self.encoder(self.embedding(images, interpolate))


def published_image_config(config: dict[str, Any]) -> ViTConfig:
    """Translate the `vision_config` in the `config.json` of a published BLIP-2."""
    return ViTConfig(
        image_size=config.get("image_size", 224),
        patch_size=config.get("patch_size", 14),
        width=config.get("hidden_size", 1408),
        layers=config.get("num_hidden_layers", 39),
        heads=config.get("num_attention_heads", 16),
        classes=0,
        mlp_width=config.get("intermediate_size", 6144),
        qkv_bias=config.get("qkv_bias", True),
        activation=config.get("hidden_act", "gelu"),
        norm_eps=config.get("layer_norm_eps", 1e-6),
    )


def rename_published_encoder(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Give the weights of a `Blip2VisionModel` our names.

    Its last normalisation, which BLIP-2 trains with the bridge, is left out.
    """
    renames = [
        (r"^embeddings\.class_embedding$", "embedding.cls_token"),
        (r"^embeddings\.position_embedding$", "embedding.position_embedding"),
        (r"^embeddings\.patch_embedding\.", "embedding.patch_embedding.project."),
        (r"^encoder\.layers\.", "encoder.blocks."),
        (r"\.self_attn\.qkv\.", ".attention.qkv."),
        (r"\.self_attn\.projection\.", ".attention.project."),
        (r"\.layer_norm1\.", ".attention_norm."),
        (r"\.layer_norm2\.", ".mlp_norm."),
        (r"\.mlp\.fc1\.", ".mlp.expand."),
        (r"\.mlp\.fc2\.", ".mlp.contract."),
    ]
    renamed = {}
    for name, value in weights.items():
        for pattern, replacement in renames:
            name = re.sub(pattern, replacement, name)
        if not name.startswith("post_layernorm."):
            renamed[name] = value
    return renamed


def assemble_published(module: nn.Module, language_model: nn.Module) -> "Blip2":
    """Make a `Blip2` of a published one's parts.

    Args:
        module: a `Blip2ForConditionalGeneration` of transformers; its image encoder,
            Q-Former and projection are copied.
        language_model: its language model or a copy of it; is used as it is.
    Raises:
        TypeError: the module is none.
        ValueError: its language model has an encoder of its own, as T5 has.
    """
    from transformers import Blip2ForConditionalGeneration  # slow to import

    if not isinstance(module, Blip2ForConditionalGeneration):
        raise TypeError(
            "expected a Blip2ForConditionalGeneration of transformers, got "
            f"{type(module).__name__}"
        )
    if not module.config.use_decoder_only_language_model:
        kind = module.config.text_config.model_type
        raise ValueError(f"expected a causal language model, such as OPT, got {kind}")
    qformer = QFormer.from_transformers(module)
    bridge = Bridge(
        BridgeConfig(qformer.config, module.language_projection.out_features)
    )
    load_weights(bridge.qformer, qformer.state_dict())
    load_weights(bridge.project, module.language_projection.state_dict())
    vision = module.vision_model
    encoder = ImageEncoder(published_image_config(vision.config.to_dict()))
    load_weights(encoder, rename_published_encoder(vision.state_dict()))
    encoder.to(vision.device, vision.dtype)
    bridge.to(module.device, qformer.queries.dtype)
    return Blip2(bridge, FrozenLanguageModel(language_model), encoder).eval()


def copy_transformers_blip2(model_class: type[nn.Module], module: nn.Module) -> "Blip2":
    """Copy a `Blip2ForConditionalGeneration` of transformers that is in memory.

    Returns:
        A model in evaluation mode, of the module's precision and on its device.
    Raises:
        TypeError: the module is none.
        ValueError: its language model isn't a causal one.
    """
    language_model = copy.deepcopy(getattr(module, "language_model", None))
    return assemble_published(module, language_model)


def read_published_blip2(
    model_class: type[nn.Module],
    name_or_path: str | Path,
    dtype: torch.dtype = torch.float32,
) -> "Blip2":
    """Read a published BLIP-2 from a folder, from the hub's cache, or from the hub.

    Args:
        model_class: `Blip2`.
        name_or_path: a folder, or a name as "Salesforce/blip2-opt-2.7b".
        dtype: of the frozen parts; the Q-Former stays in single precision.
    Raises:
        UnavailableError: an OSError; the files can't be had.
        ValueError: they hold something other than a BLIP-2.
    """
    from transformers import Blip2ForConditionalGeneration  # slow to import

    kind = read_json(name_or_path, "config.json").get("model_type")
    if kind != "blip-2":
        raise ValueError(f"expected a BLIP-2, got a {kind!r} model")
    try:
        published = Blip2ForConditionalGeneration.from_pretrained(
            name_or_path, dtype=dtype
        )
    except OSError as error:
        raise UnavailableError(f"can't get all of {name_or_path}: {error}") from error
    return assemble_published(published, published.language_model)


class Blip2(nn.Module):
    """Write about images: frozen image encoder, bridge, frozen language model.

    Args:
        bridge: turns image features into soft prompts; a `Bridge`, or any other module
            that does. It alone is trained.
        language: reads the soft prompts before a text.
        encoder: turns images into features, (batch, image tokens, image_width);
            without it, the model works on features that were kept.
    """

    def __init__(
        self,
        bridge: nn.Module,
        language: FrozenLanguageModel,
        encoder: nn.Module | None = None,
    ):
        super().__init__()
        self.bridge, self.language = bridge, language
        self.image_encoder = encoder.requires_grad_(False).eval() if encoder else None

    def train(self, mode: bool = True) -> "Blip2":
        """Bring the bridge into training mode; what is frozen stays as it is."""
        super().train(False)
        self.bridge.train(mode)
        self.training = mode
        return self

    @torch.no_grad()
    def features(self, images: Tensor) -> Tensor:
        """Return what the frozen encoder sees, (batch, image tokens, image_width)."""
        if self.image_encoder is None:
            raise ValueError("this model has no image encoder: give it features")
        return self.image_encoder(images.to(next(self.image_encoder.parameters())))

    def forward(self, features: Tensor, ids: Tensor, is_token: Tensor) -> Tensor:
        """Return the logits of each next token, those of the prefix among them."""
        return self.language(self.bridge(features), ids, is_token)

    def loss(self, features: Tensor, texts: TextBatch) -> Tensor:
        """Return the mean loss per token of the answers, in nats."""
        return self.language.loss(self.bridge(features), texts)

    @torch.no_grad()
    def generate(self, features: Tensor, *prompt: Tensor, **options) -> Tensor:
        """Write on after `ids, is_token`; options: those of `write_on`."""
        return self.language.generate(self.bridge(features), *prompt, **options)

    from_transformers = classmethod(copy_transformers_blip2)
    from_pretrained = classmethod(read_published_blip2)
