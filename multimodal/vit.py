"""The Vision Transformer (ViT): an image is a sequence of patches.

Dosovitskiy et al., "An Image Is Worth 16x16 Words", 2021.
"""

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.transformer import Encoder
from multimodal.weights import (
    load_model,
    load_weights,
    read_json,
    read_weights,
    save_model,
)


def patchify(images: Tensor, patch_size: int) -> Tensor:
    """Cut images into square patches, row by row, and flatten each patch.

    Args:
        images: (batch, channels, height, width).
        patch_size: side of a patch, in pixels.
    Returns:
        (batch, patches, patch_size * patch_size * channels): the numbers of a patch
        are ordered by row, then column, then channel.
    Raises:
        ValueError: the images don't divide into whole patches.
    """
    batch, channels, height, width = images.shape
    if height % patch_size or width % patch_size:
        raise ValueError(
            f"images of {height} x {width} pixels don't divide into patches of "
            f"{patch_size} x {patch_size}: resize or crop them first"
        )
    rows, columns = height // patch_size, width // patch_size
    patches = images.reshape(batch, channels, rows, patch_size, columns, patch_size)
    patches = patches.permute(0, 2, 4, 3, 5, 1)  # (batch, rows, columns, p, p, chan.)
    return patches.reshape(batch, rows * columns, patch_size * patch_size * channels)


def unpatchify(
    patches: Tensor, patch_size: int, grid: tuple[int, int] | None = None
) -> Tensor:
    """Put the patches of `patchify` together again.

    Args:
        patches: (batch, patches, patch_size * patch_size * channels).
        patch_size: side of a patch, in pixels.
        grid: rows and columns of patches; by default as many of each.
    Returns:
        The images, (batch, channels, height, width).
    Raises:
        ValueError: the numbers of patches or of pixels don't fit.
    """
    batch, number, length = patches.shape
    rows, columns = grid or (math.isqrt(number), math.isqrt(number))
    if rows * columns != number:
        raise ValueError(f"{number} patches don't fill a grid of {rows} x {columns}")
    if length % patch_size**2:
        raise ValueError(
            f"{length} numbers can't be {patch_size} x {patch_size} pixels"
        )
    images = patches.reshape(batch, rows, columns, patch_size, patch_size, -1)
    images = images.permute(0, 5, 1, 3, 2, 4)  # (batch, channels, rows, p, columns, p)
    return images.reshape(batch, -1, rows * patch_size, columns * patch_size)


class PatchEmbedding(nn.Module):
    """Cut images into patches and project each to a vector (ViT, eq. 1).

    Args:
        patch_size: side of a patch, in pixels.
        width: length of each patch vector.
        channels: 3 for colour images.
        bias: whether a vector is added to each; CLIP does without.
    """

    def __init__(
        self, patch_size: int, width: int, channels: int = 3, bias: bool = True
    ):
        super().__init__()
        self.patch_size, self.channels = patch_size, channels
        self.project = nn.Conv2d(channels, width, patch_size, patch_size, bias=bias)

    def forward(self, images: Tensor) -> Tensor:
        """Return (batch, patches, width) of images, (batch, channels, h, w)."""
        if images.ndim != 4 or images.shape[1] != self.channels:
            raise ValueError(
                f"expected images of shape (batch, {self.channels}, height, width), "
                f"got {tuple(images.shape)}"
            )
        height, width = images.shape[2:]
        if height % self.patch_size or width % self.patch_size:
            raise ValueError(
                f"images of {height} x {width} pixels don't divide into patches of "
                f"{self.patch_size} x {self.patch_size}: resize or crop them first"
            )
        grid = self.project(images)  # (batch, width, rows, columns)
        return grid.flatten(2).transpose(1, 2)  # (batch, rows * columns, width)


def interpolate_positions(
    position_embedding: Tensor,
    grid: tuple[int, int],
    source_grid: tuple[int, int] | None = None,
) -> Tensor:
    """Stretch a position embedding to a grid of patches it was not trained for.

    Args:
        position_embedding: (1, 1 + patches, width); the first is the CLS token's,
            which has no place in the image and stays as it is.
        grid: rows and columns of patches wanted.
        source_grid: rows and columns that it has; by default as many of each.
    Returns:
        (1, 1 + rows * columns, width), by bicubic interpolation.
    Raises:
        ValueError: the source grid has another number of patches.
    """
    cls, patches = position_embedding[:, :1], position_embedding[:, 1:]
    number = patches.shape[1]
    rows, columns = source_grid or (math.isqrt(number), math.isqrt(number))
    if rows * columns != number:
        raise ValueError(f"{number} positions don't fill a grid of {rows} x {columns}")
    image = patches.unflatten(1, (rows, columns)).permute(0, 3, 1, 2)  # like an image
    image = F.interpolate(image, size=grid, mode="bicubic", align_corners=False)
    return torch.cat([cls, image.flatten(2).transpose(1, 2)], dim=1)


@dataclass
class ViTConfig:
    """Sizes and options of a `ViT`.

    Args:
        image_size: side of a square image, or height and width, in pixels.
        patch_size: side of a patch, in pixels; divides the image size.
        width: length of each token vector; a multiple of `heads`.
        layers, heads: of the encoder.
        classes: number of logits; 0 for a model that only gives features.
        mlp_width: hidden width of each MLP, by default four times `width`.
        channels: 3 for colour images.
        qkv_bias, activation, norm_eps, dropout: as for `EncoderBlock`.
        use_positions: False leaves out the position embedding.
        labels: names of the classes, if known.
    """

    image_size: int | tuple[int, int]
    patch_size: int
    width: int
    layers: int
    heads: int
    classes: int
    mlp_width: int | None = None
    channels: int = 3
    qkv_bias: bool = True
    activation: str = "gelu"
    norm_eps: float = 1e-6
    dropout: float = 0.0
    use_positions: bool = True
    labels: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self):
        size = self.image_size
        self.image_size = (size, size) if isinstance(size, int) else tuple(size)
        self.mlp_width = self.mlp_width or 4 * self.width
        self.labels = tuple(self.labels)
        height, width = self.image_size
        if height % self.patch_size or width % self.patch_size:
            raise ValueError(
                f"an image of {height} x {width} pixels doesn't divide into patches "
                f"of {self.patch_size} x {self.patch_size}"
            )
        self.grid = (height // self.patch_size, width // self.patch_size)


class ViTEmbedding(nn.Module):
    """Turn images into the tokens that enter the encoder (ViT, eq. 1).

    A learned CLS token comes first, then the patches; each gets a learned vector
    added that tells its position. Dropout follows.
    """

    def __init__(self, config: ViTConfig):
        super().__init__()
        self.config = config
        width, tokens = config.width, 1 + math.prod(config.grid)
        self.patch_embedding = PatchEmbedding(config.patch_size, width, config.channels)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.position_embedding = None
        if config.use_positions:
            self.position_embedding = nn.Parameter(torch.zeros(1, tokens, width))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, images: Tensor, interpolate: bool = False) -> Tensor:
        """Return (batch, 1 + patches, width) of images, (batch, channels, h, w)."""
        patches = self.patch_embedding(images)  # (batch, patches, width)
        cls = self.cls_token.expand(len(images), -1, -1)
        tokens = torch.cat([cls, patches], dim=1)
        height, width = images.shape[2:]
        if (height, width) != self.config.image_size and not interpolate:
            raise ValueError(
                f"expected images of {self.config.image_size} pixels, got "
                f"{(height, width)}: resize them, or pass interpolate=True"
            )
        positions = self.position_embedding
        if positions is not None and (height, width) != self.config.image_size:
            grid = (height // self.config.patch_size, width // self.config.patch_size)
            positions = interpolate_positions(positions, grid, self.config.grid)
        return self.dropout(tokens if positions is None else tokens + positions)


@torch.no_grad()
def initialise_vit(vit: nn.Module) -> None:
    """Set the weights of a new ViT.

    Linear layers start uniform after Glorot and Bengio (2010), the position embedding
    normal with a standard deviation of 0.02; the CLS token and the head start at zero.
    """
    for name, parameter in vit.named_parameters():
        if "norm" in name:
            continue  # layer normalisation starts as the identity
        if name.endswith("position_embedding"):
            nn.init.normal_(parameter, std=0.02)
        elif name.endswith("cls_token") or name.startswith("head."):
            nn.init.zeros_(parameter)
        elif name.endswith("bias"):
            nn.init.normal_(parameter, std=1e-6 if ".mlp." in name else 0.0)
        else:
            matrices = 3 if ".qkv." in name else 1  # queries, keys, values in one
            for matrix in parameter.chunk(matrices):
                nn.init.xavier_uniform_(matrix.flatten(1))


def published_config(config: dict[str, Any]) -> ViTConfig:
    """Translate the `config.json` of a published ViT; the head is left to the weights.

    Raises:
        ValueError: it describes another kind of model.
    """
    if config.get("model_type") != "vit":
        raise ValueError(f"expected a ViT, got a {config.get('model_type')!r} model")
    labels = {int(index): label for index, label in config.get("id2label", {}).items()}
    return ViTConfig(
        image_size=config.get("image_size", 224),
        patch_size=config.get("patch_size", 16),
        width=config.get("hidden_size", 768),
        layers=config.get("num_hidden_layers", 12),
        heads=config.get("num_attention_heads", 12),
        classes=0,
        mlp_width=config.get("intermediate_size", 3072),
        channels=config.get("num_channels", 3),
        qkv_bias=config.get("qkv_bias", True),
        activation=config.get("hidden_act", "gelu"),
        norm_eps=config.get("layer_norm_eps", 1e-12),
        dropout=config.get("hidden_dropout_prob", 0.0),
        labels=[labels[index] for index in sorted(labels)],
    )


def rename_published(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Give published ViT weights our names, and join queries, keys and values.

    Args:
        weights: by the names of transformers: those of its files, or those of its
            models in memory since version 5. A pooler, which is a layer used in
            pre-training only, is dropped.
    """
    renames = [
        (r"^vit\.", ""),
        (r"^embeddings\.", "embedding."),
        (r"\.position_embeddings$", ".position_embedding"),
        (r"\.patch_embeddings\.projection\.", ".patch_embedding.project."),
        (r"^(encoder\.layer|layers)\.(\d+)\.", r"encoder.blocks.\2."),
        (r"\.attention\.attention\.(query|key|value)\.", r".attention.\1."),
        (r"\.attention\.output\.dense\.", ".attention.project."),
        (r"\.attention\.o_proj\.", ".attention.project."),
        (r"\.(intermediate\.dense|mlp\.fc1)\.", ".mlp.expand."),
        (r"\.(output\.dense|mlp\.fc2)\.", ".mlp.contract."),
        (r"\.layernorm_before\.", ".attention_norm."),
        (r"\.layernorm_after\.", ".mlp_norm."),
        (r"^layernorm\.", "norm."),
        (r"^classifier\.", "head."),
    ]
    renamed, joined = {}, {}
    for name, value in weights.items():
        for pattern, replacement in renames:
            name = re.sub(pattern, replacement, name)
        part = re.search(r"\.(query|key|value|[qkv]_proj)\.", name)
        if part:
            name = name.replace(part[0], ".qkv.")
            joined.setdefault(name, {})[part[1][0]] = value
        elif not name.startswith("pooler."):
            renamed[name] = value
    for name, parts in joined.items():
        renamed[name] = torch.cat(
            [parts[letter] for letter in "qkv" if letter in parts]
        )
    return renamed


def build_published(
    model_class: type[nn.Module], config: ViTConfig, weights: dict[str, Tensor]
) -> nn.Module:
    """Make a model in evaluation mode from `published_config` and published weights.

    Raises:
        ValueError: a weight is missing or left over.
    """
    weights = rename_published(weights)
    if "head.weight" in weights:
        config.classes = len(weights["head.weight"])
    if len(config.labels) != config.classes:
        config.labels = ()
    model = model_class(config)
    load_weights(model, weights)
    return model.eval()


def copy_transformers_vit(model_class: type[nn.Module], module: nn.Module) -> nn.Module:
    """Copy a ViT of the transformers library that is in memory.

    Args:
        model_class: `ViT`.
        module: a `ViTModel`, which has no head, or a `ViTForImageClassification`.
    Returns:
        A model in evaluation mode, of the module's precision and on its device.
        Dropout of attention weights, which published ViTs don't use, is left out.
    Raises:
        TypeError: the module is neither of the two.
    """
    from transformers import ViTForImageClassification, ViTModel  # slow to import

    if not isinstance(module, (ViTModel, ViTForImageClassification)):
        raise TypeError(
            "expected a ViTModel or a ViTForImageClassification of transformers, "
            f"got {type(module).__name__}"
        )
    config = published_config(module.config.to_dict())
    model = build_published(model_class, config, module.state_dict())
    return model.to(module.device, module.dtype)


def read_published_vit(
    model_class: type[nn.Module], name_or_path: str | Path
) -> nn.Module:
    """Read a published ViT from a folder, from the hub's cache, or from the hub.

    Args:
        model_class: `ViT`.
        name_or_path: a folder, or a name as "google/vit-base-patch16-224".
    Returns:
        A model in evaluation mode and in single precision; `config.labels` names its
        classes.
    Raises:
        UnavailableError: an OSError; the files can't be had.
        ValueError: they hold something other than a ViT.
    """
    config = published_config(read_json(name_or_path, "config.json"))
    return build_published(model_class, config, read_weights(name_or_path))


class ViT(nn.Module):
    """Classify images by a transformer over their patches (ViT, eqs. 1-4).

    Images, (batch, channels, height, width), are of the size in `config`, or of another
    multiple of the patch size with `interpolate=True`.
    """

    config_class = ViTConfig

    def __init__(self, config: ViTConfig):
        super().__init__()
        self.config = config
        self.embedding = ViTEmbedding(config)
        sizes = (config.layers, config.width, config.heads, config.mlp_width)
        options = {"norm_eps": config.norm_eps, "dropout": config.dropout}
        options |= {"qkv_bias": config.qkv_bias, "activation": config.activation}
        self.encoder = Encoder(*sizes, **options)
        self.norm = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.head = nn.Identity()
        if config.classes:
            self.head = nn.Linear(config.width, config.classes)
        initialise_vit(self)

    def features(self, images: Tensor, interpolate: bool = False) -> Tensor:
        """Return the encoder's normalised tokens, (batch, 1 + patches, width)."""
        return self.norm(self.encoder(self.embedding(images, interpolate)))

    def forward(self, images: Tensor, interpolate: bool = False) -> Tensor:
        """Return logits, (batch, classes), read from the CLS token."""
        return self.head(self.features(images, interpolate)[:, 0])

    @torch.no_grad()
    def attention_maps(self, images: Tensor, interpolate: bool = False) -> list[Tensor]:
        """Return each layer's weights, (batch, heads, tokens, tokens); CLS is first."""
        return self.encoder.attention_maps(self.embedding(images, interpolate))

    from_transformers = classmethod(copy_transformers_vit)
    from_pretrained = classmethod(read_published_vit)
    save = save_model
    load = classmethod(load_model)
