"""CLIP: an image and a text tower that meet in one space (Radford et al., 2021)."""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.transformer import Encoder
from multimodal.vit import PatchEmbedding, interpolate_positions
from multimodal.weights import (
    load_model,
    load_weights,
    read_json,
    read_weights,
    save_model,
)


@dataclass
class ImageTowerConfig:
    """Sizes and options of an `ImageTower`.

    Args:
        image_size: side of the square images, in pixels.
        patch_size: side of a patch, in pixels; divides the image size.
        width: length of each token vector; a multiple of `heads`.
        layers, heads: of the encoder.
        mlp_width: hidden width of each MLP, by default four times `width`.
        activation, norm_eps: as for `EncoderBlock`.
        pooling: what is read out: "cls", the class token, as in CLIP, or "quarters",
            the mean patch of each quarter of the image, which keeps places apart.
    """

    image_size: int
    patch_size: int
    width: int
    layers: int
    heads: int
    mlp_width: int | None = None
    activation: str = "quick_gelu"
    norm_eps: float = 1e-5
    pooling: str = "cls"

    def __post_init__(self):
        self.mlp_width = self.mlp_width or 4 * self.width
        if self.image_size % self.patch_size:
            raise ValueError(
                f"an image of {self.image_size} px doesn't divide into patches of "
                f"{self.patch_size} px"
            )
        if self.pooling not in ("cls", "quarters"):
            raise ValueError(
                f"unknown pooling {self.pooling!r}: choose 'cls' or 'quarters'"
            )

    @property
    def output_width(self) -> int:
        """Length of the vector that is read out of an image."""
        return self.width if self.pooling == "cls" else 4 * self.width


@dataclass
class TextTowerConfig:
    """Sizes and options of a `TextTower`.

    Args:
        vocabulary_size: number of tokens there are.
        context_length: most tokens that a text can have.
        width: length of each token vector; a multiple of `heads`.
        layers, heads: of the encoder.
        end_id: the token whose place is read out; by default the one with the
            highest number, as in the tokenizer of CLIP.
        mlp_width: hidden width of each MLP, by default four times `width`.
        activation, norm_eps, dropout: as for `EncoderBlock`.
    """

    vocabulary_size: int
    context_length: int
    width: int
    layers: int
    heads: int
    end_id: int | None = None
    mlp_width: int | None = None
    activation: str = "quick_gelu"
    norm_eps: float = 1e-5
    dropout: float = 0.0

    def __post_init__(self):
        self.mlp_width = self.mlp_width or 4 * self.width
        if self.end_id is None:
            self.end_id = self.vocabulary_size - 1


def mean_of_quarters(patches: Tensor, rows: int) -> Tensor:
    """Average the patches of each quarter of an image.

    Args:
        patches: (batch, patches, width), row by row.
        rows: of patches in the image.
    Returns:
        (batch, 4 * width): of each number the means at the upper left, upper right,
        lower left and lower right.
    """
    grid = patches.transpose(1, 2).unflatten(2, (rows, -1))
    return F.adaptive_avg_pool2d(grid, 2).flatten(1)


class ImageTower(nn.Module):
    """Turn images into vectors: a ViT with a normalisation before its blocks.

    Images are float (batch, 3, height, width) and of the size in `config`, or of
    another multiple of the patch size with `interpolate=True`.
    """

    def __init__(self, config: ImageTowerConfig):
        super().__init__()
        self.config = config
        width, sizes = config.width, (config.width, config.heads, config.mlp_width)
        patches = (config.image_size // config.patch_size) ** 2
        self.patch_embedding = PatchEmbedding(config.patch_size, width, bias=False)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.position_embedding = nn.Parameter(torch.zeros(1, 1 + patches, width))
        self.pre_norm = nn.LayerNorm(width, eps=config.norm_eps)
        options = {"activation": config.activation, "norm_eps": config.norm_eps}
        self.encoder = Encoder(config.layers, *sizes, **options)
        self.norm = nn.LayerNorm(width, eps=config.norm_eps)

    def tokens(self, images: Tensor, interpolate: bool = False) -> Tensor:
        """Return what the encoder gives: (batch, 1 + patches, width), CLS first."""
        size, patch_size = self.config.image_size, self.config.patch_size
        positions = self.position_embedding
        if images.shape[2:] != (size, size):
            if not interpolate:
                raise ValueError(
                    f"expected images of {size} x {size} pixels, got "
                    f"{tuple(images.shape[2:])}: resize them, or pass interpolate=True"
                )
            grid = (images.shape[2] // patch_size, images.shape[3] // patch_size)
            positions = interpolate_positions(positions, grid)
        patches = self.patch_embedding(images)
        cls = self.cls_token.expand(len(images), -1, -1)
        tokens = torch.cat([cls, patches], dim=1) + positions
        return self.encoder(self.pre_norm(tokens))

    def forward(self, images: Tensor, interpolate: bool = False) -> Tensor:
        """Return (batch, output_width), read from the CLS token or from quarters."""
        tokens = self.tokens(images, interpolate)
        if self.config.pooling == "cls":
            return self.norm(tokens[:, 0])
        rows = images.shape[2] // self.config.patch_size
        return mean_of_quarters(self.norm(tokens[:, 1:]), rows)


def causal_mask(length: int, device: torch.device | None = None) -> Tensor:
    """Say which tokens each one may look at: itself and those before it.

    Returns:
        (length, length), boolean: row i is True in the columns 0 to i.
    """
    return torch.ones(length, length, dtype=torch.bool, device=device).tril()


class TextTower(nn.Module):
    """Turn texts into vectors: a causal transformer that is read where a text ends.

    Texts are int64 (batch, tokens), as a `Tokenizer` gives them.
    """

    def __init__(self, config: TextTowerConfig):
        super().__init__()
        self.config = config
        width, sizes = config.width, (config.width, config.heads, config.mlp_width)
        self.token_embedding = nn.Embedding(config.vocabulary_size, width)
        self.position_embedding = nn.Parameter(
            torch.zeros(1, config.context_length, width)
        )
        options = {"activation": config.activation, "norm_eps": config.norm_eps}
        options["dropout"] = config.dropout
        self.encoder = Encoder(config.layers, *sizes, **options)
        self.norm = nn.LayerNorm(width, eps=config.norm_eps)

    def tokens(self, ids: Tensor) -> Tensor:
        """Return the normalised tokens, (batch, tokens, width)."""
        length = ids.shape[1]
        if length > self.config.context_length:
            raise ValueError(
                f"a text of {length} tokens is longer than the "
                f"{self.config.context_length} that this tower can read"
            )
        tokens = self.token_embedding(ids) + self.position_embedding[:, :length]
        return self.norm(self.encoder(tokens, causal_mask(length, ids.device)))

    def forward(self, ids: Tensor) -> Tensor:
        """Return (batch, width), read from the first END token of each text."""
        tokens, is_end = self.tokens(ids), ids == self.config.end_id
        if not is_end.any(dim=1).all():
            raise ValueError("a text has no END token: use the tower's own tokenizer")
        end = is_end.int().argmax(dim=1)  # the first of several, if a text is padded
        return tokens[torch.arange(len(ids), device=ids.device), end]


@dataclass
class CLIPConfig:
    """Sizes and options of a `CLIP`.

    Args:
        image, text: of the towers; dictionaries, as in a file, are fine too.
        embedding_width: length of the vectors that images and texts share.
        temperature: that training starts with; similarities are divided by it.
    """

    image: ImageTowerConfig
    text: TextTowerConfig
    embedding_width: int
    temperature: float = 0.07

    def __post_init__(self):
        if isinstance(self.image, dict):
            self.image = ImageTowerConfig(**self.image)
        if isinstance(self.text, dict):
            self.text = TextTowerConfig(**self.text)


@torch.no_grad()
def initialise_tower(tower: nn.Module) -> None:
    """Set the weights of a new tower as CLIP does: all normal, biases at zero.

    The layers that add to the residual sum start smaller, the more of them there are.
    """
    width, layers = tower.config.width, tower.config.layers
    deviations = {
        "token_embedding.weight": 0.02,
        "attention.project.weight": width**-0.5 * (2 * layers) ** -0.5,
        "mlp.contract.weight": width**-0.5 * (2 * layers) ** -0.5,
        "mlp.expand.weight": (2 * width) ** -0.5,
    }
    if hasattr(tower, "token_embedding"):
        deviations["position_embedding"] = 0.01
    for name, parameter in tower.named_parameters():
        if "norm" in name or "patch_embedding" in name:
            continue  # as PyTorch makes them; normalisation starts as the identity
        if name.endswith("bias"):
            nn.init.zeros_(parameter)
            continue
        short = ".".join(name.split(".")[-3:]) if ".blocks." in name else name
        nn.init.normal_(parameter, std=deviations.get(short, width**-0.5))


def published_clip_config(config: dict[str, Any]) -> CLIPConfig:
    """Translate the `config.json` of a published CLIP.

    Raises:
        ValueError: it describes another kind of model.
    """
    if config.get("model_type") != "clip":
        raise ValueError(f"expected a CLIP, got a {config.get('model_type')!r} model")
    image, text = config.get("vision_config") or {}, config.get("text_config") or {}
    image_tower = ImageTowerConfig(
        image_size=image.get("image_size", 224),
        patch_size=image.get("patch_size", 32),
        width=image.get("hidden_size", 768),
        layers=image.get("num_hidden_layers", 12),
        heads=image.get("num_attention_heads", 12),
        mlp_width=image.get("intermediate_size", 3072),
        activation=image.get("hidden_act", "quick_gelu"),
        norm_eps=image.get("layer_norm_eps", 1e-5),
    )
    end_id = text.get("eos_token_id", 49407)
    text_tower = TextTowerConfig(
        vocabulary_size=text.get("vocab_size", 49408),
        context_length=text.get("max_position_embeddings", 77),
        width=text.get("hidden_size", 512),
        layers=text.get("num_hidden_layers", 12),
        heads=text.get("num_attention_heads", 8),
        end_id=None if end_id == 2 else end_id,  # 2: a mistake in the first files
        mlp_width=text.get("intermediate_size", 2048),
        activation=text.get("hidden_act", "quick_gelu"),
        norm_eps=text.get("layer_norm_eps", 1e-5),
    )
    return CLIPConfig(image_tower, text_tower, config.get("projection_dim", 512))


def rename_published_clip(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Give published CLIP weights our names, and join queries, keys and values.

    Args:
        weights: by the names of transformers, the same on disk and in memory. Numbers
            of positions, which old files hold as well, are dropped.
    """
    renames = [
        (r"^vision_model\.", "image."),
        (r"^text_model\.", "text."),
        (r"^visual_projection\.", "project_image."),
        (r"^text_projection\.", "project_text."),
        (r"\.embeddings\.class_embedding$", ".cls_token"),
        (r"\.embeddings\.patch_embedding\.", ".patch_embedding.project."),
        (r"\.embeddings\.token_embedding\.", ".token_embedding."),
        (r"\.embeddings\.position_embedding\.weight$", ".position_embedding"),
        (r"\.pre_layrnorm\.", ".pre_norm."),
        (r"\.(post_layernorm|final_layer_norm)\.", ".norm."),
        (r"\.encoder\.layers\.", ".encoder.blocks."),
        (r"\.layer_norm1\.", ".attention_norm."),
        (r"\.layer_norm2\.", ".mlp_norm."),
        (r"\.self_attn\.out_proj\.", ".attention.project."),
        (r"\.self_attn\.q_proj\.", ".attention.qkv."),
        (r"\.mlp\.fc1\.", ".mlp.expand."),
        (r"\.mlp\.fc2\.", ".mlp.contract."),
    ]
    renamed = {}
    for name, value in weights.items():
        if name.endswith(".position_ids") or ".self_attn.k_" in name:
            continue
        if ".self_attn.v_" in name:
            continue
        if ".self_attn.q_" in name:
            parts = [name.replace(".q_proj.", f".{part}_proj.") for part in "qkv"]
            value = torch.cat([weights[part] for part in parts])
        for pattern, replacement in renames:
            name = re.sub(pattern, replacement, name)
        if name.endswith((".cls_token", ".position_embedding")):
            value = value.reshape(1, -1, value.shape[-1])
        renamed[name] = value
    return renamed


def copy_transformers_clip(
    model_class: type[nn.Module], module: nn.Module
) -> nn.Module:
    """Copy a CLIP of the transformers library that is in memory.

    Args:
        model_class: `CLIP`.
        module: a `CLIPModel`.
    Returns:
        A model in evaluation mode, of the module's precision and on its device.
    Raises:
        TypeError: the module is none.
    """
    from transformers import CLIPModel  # slow to import

    if not isinstance(module, CLIPModel):
        raise TypeError(
            f"expected a CLIPModel of transformers, got {type(module).__name__}"
        )
    model = model_class(published_clip_config(module.config.to_dict()))
    load_weights(model, rename_published_clip(module.state_dict()))
    return model.eval().to(module.device, module.dtype)


def read_published_clip(
    model_class: type[nn.Module], name_or_path: str | Path
) -> nn.Module:
    """Read a published CLIP from a folder, from the hub's cache, or from the hub.

    Args:
        model_class: `CLIP`.
        name_or_path: a folder, or a name as "openai/clip-vit-base-patch32".
    Returns:
        A model in evaluation mode and in single precision.
    Raises:
        UnavailableError: an OSError; the files can't be had.
        ValueError: they hold something other than a CLIP.
    """
    model = model_class(published_clip_config(read_json(name_or_path, "config.json")))
    load_weights(model, rename_published_clip(read_weights(name_or_path)))
    return model.eval()


class CLIP(nn.Module):
    """Embed images and texts into one space, where cosines tell what belongs together.

    `logit_scale` is the logarithm of the factor that cosines are multiplied by, the
    inverse of the temperature; it is learned.
    """

    config_class = CLIPConfig

    def __init__(self, config: CLIPConfig):
        super().__init__()
        self.config = config
        width = config.embedding_width
        self.image, self.text = ImageTower(config.image), TextTower(config.text)
        seen = config.image.output_width
        self.project_image = nn.Linear(seen, width, bias=False)
        self.project_text = nn.Linear(config.text.width, width, bias=False)
        self.logit_scale = nn.Parameter(torch.tensor(-math.log(config.temperature)))
        for tower, projection in (
            (self.image, self.project_image),
            (self.text, self.project_text),
        ):
            initialise_tower(tower)
            nn.init.normal_(projection.weight, std=projection.in_features**-0.5)

    def encode_image(self, images: Tensor) -> Tensor:
        """Return unit vectors, (batch, embedding_width), of images."""
        return F.normalize(self.project_image(self.image(images)), dim=-1)

    def encode_text(self, ids: Tensor) -> Tensor:
        """Return unit vectors, (batch, embedding_width), of texts (batch, tokens)."""
        return F.normalize(self.project_text(self.text(ids)), dim=-1)

    def forward(self, images: Tensor, ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the unit vectors of images and of texts, and the factor for cosines.

        Their product `factor * images @ texts.T` has a row for each image and a
        column for each text.
        """
        return self.encode_image(images), self.encode_text(ids), self.logit_scale.exp()

    @torch.no_grad()
    def clamp_logit_scale(self) -> None:
        """Keep the factor between 1 and 100; to be called after each update."""
        self.logit_scale.clamp_(0, math.log(100))

    from_transformers = classmethod(copy_transformers_clip)
    from_pretrained = classmethod(read_published_clip)
    save = save_model
    load = classmethod(load_model)
