"""The Q-Former of BLIP-2: learned queries that read an image for a language model.

Li et al., "BLIP-2: Bootstrapping Language-Image Pre-training with Frozen Image Encoders
and Large Language Models", 2023.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.clip import causal_mask
from multimodal.transformer import (
    MLP,
    MultiHeadAttention,
    scaled_dot_product_attention,
)
from multimodal.weights import (
    load_model,
    load_weights,
    read_json,
    read_weights,
    save_model,
)


def real_tokens(ids: Tensor, end_id: int) -> Tensor:
    """Tell the tokens of texts from the padding behind them.

    The first END of a text belongs to it, also where texts are padded with END.

    Args:
        ids: int64 (texts, tokens).
        end_id: number of END.
    Returns:
        Boolean (texts, tokens): True up to and including the first END.
    """
    is_end = (ids == end_id).int()
    return is_end.cumsum(dim=1) - is_end == 0  # no END before this token


def visible_tokens(queries: int, is_token: Tensor) -> Tensor:
    """Say who may be looked at, whoever looks: all queries, and text but padding.

    Args:
        queries: number of queries; they come before the text.
        is_token: boolean (batch, tokens), False at the padding of a text.
    Returns:
        Boolean (batch, 1, 1, queries + tokens).
    """
    return F.pad(is_token, (queries, 0), value=True)[:, None, None]


def unimodal_mask(queries: int, is_token: Tensor) -> Tensor:
    """Keep queries and text apart, for the contrastive loss (BLIP-2, figure 2).

    Args:
        queries: number of queries; they come before the text.
        is_token: boolean (batch, tokens), False at the padding of a text.
    Returns:
        Boolean (batch, 1, queries + tokens, queries + tokens): True where the row's
        token may look at the column's. The 1 stands for all heads.
    """
    total = queries + is_token.shape[1]
    is_query = torch.arange(total, device=is_token.device) < queries
    same_kind = is_query[:, None] == is_query[None, :]
    return same_kind & visible_tokens(queries, is_token)


def bidirectional_mask(queries: int, is_token: Tensor) -> Tensor:
    """Let all look at all, for matching images and texts (BLIP-2, figure 2).

    Args and Returns: as for `unimodal_mask`.
    """
    total = queries + is_token.shape[1]
    return visible_tokens(queries, is_token).expand(-1, -1, total, -1)


def multimodal_causal_mask(queries: int, is_token: Tensor) -> Tensor:
    """Let text see all queries and earlier text, for writing it (BLIP-2, figure 2).

    Queries see each other, but no text: what they know, they know from the image.

    Args and Returns: as for `unimodal_mask`.
    """
    total = queries + is_token.shape[1]
    allowed = causal_mask(total, is_token.device)
    allowed[:queries, :queries] = True
    return allowed & visible_tokens(queries, is_token)


@dataclass
class QFormerConfig:
    """Sizes and options of a `QFormer`.

    Args:
        queries: number of learned queries; 32 in BLIP-2.
        width: length of each token vector; a multiple of `heads`.
        layers, heads: of the transformer.
        image_width: length of the image features that the queries look at.
        vocabulary_size: number of text tokens; 0 for a Q-Former that reads no text.
        context_length: most tokens that a text can have.
        mlp_width: hidden width of each MLP, by default four times `width`.
        cross_attention_every: 2 lets queries look at the image in layers 0, 2, 4, ...
        activation: as for `MLP`.
        norm_eps, image_norm_eps: added to the variance inside the layer normalisations,
            and inside that of the image features.
        dropout: share of the numbers that training drops before each normalisation.
    """

    queries: int
    width: int
    layers: int
    heads: int
    image_width: int
    vocabulary_size: int = 0
    context_length: int = 0
    mlp_width: int | None = None
    cross_attention_every: int = 2
    activation: str = "gelu"
    norm_eps: float = 1e-12
    image_norm_eps: float = 1e-6
    dropout: float = 0.0

    def __post_init__(self):
        self.mlp_width = self.mlp_width or 4 * self.width
        if self.vocabulary_size and not self.context_length:
            raise ValueError("a Q-Former that reads text needs a context_length")


class CrossAttention(nn.Module):
    """Let queries look at tokens of another kind, such as image features.

    Args:
        width: length of each query; a multiple of `heads`.
        heads: number of attentions that run side by side.
        source_width: length of the vectors that are looked at.
    Raises:
        ValueError: the width can't be shared out evenly among the heads.
    """

    def __init__(self, width: int, heads: int, source_width: int):
        super().__init__()
        if width % heads:
            raise ValueError(f"width {width} can't be split evenly into {heads} heads")
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(source_width, 2 * width)
        self.project = nn.Linear(width, width)

    def split_heads(
        self, tokens: Tensor, source: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries, keys, values: each (batch, heads, ..., head_width)."""
        queries = self.query(tokens).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        both = self.key_value(source).unflatten(-1, (2, self.heads, -1))
        return queries, *both.permute(2, 0, 3, 1, 4).unbind()

    def forward(self, tokens: Tensor, source: Tensor) -> Tensor:
        """Return (batch, tokens, width) from a source (batch, any, source_width)."""
        mixed = F.scaled_dot_product_attention(*self.split_heads(tokens, source))
        return self.project(mixed.transpose(1, 2).flatten(2))  # heads side by side

    def attention_weights(self, tokens: Tensor, source: Tensor) -> Tensor:
        """Return who looks at what: (batch, heads, tokens, source tokens)."""
        return scaled_dot_product_attention(*self.split_heads(tokens, source))[1]


class FeatureNorm(nn.LayerNorm):
    """Normalise image features, (batch, image tokens, width), before queries look."""

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape."""
        (width,) = self.normalized_shape
        if features.shape[-1] != width:
            raise ValueError(
                f"expected image features of {width} numbers, got "
                f"{features.shape[-1]}: this Q-Former belongs to another image encoder"
            )
        return super().forward(features)


class AddAndNorm(nn.Module):
    """Add a change to the tokens, then normalise the sum (post-LN, as in BERT).

    Args:
        width: length of each token vector.
        eps: added to the variance.
        dropout: share of the change's numbers that training drops.
    """

    def __init__(self, width: int, eps: float, dropout: float):
        super().__init__()
        self.norm = nn.LayerNorm(width, eps=eps)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, change: Tensor) -> Tensor:
        """Return tokens of the same shape, (..., width)."""
        return self.norm(tokens + self.dropout(change))


class QFormerLayer(nn.Module):
    """One self-attention for queries and text; then each goes its own way.

    The queries look at the image, in some layers, and have an MLP of their own; the
    text has another one (BLIP-2, figure 2).

    Args:
        config: sizes and options.
        looks: whether the queries look at the image in this layer.
    """

    def __init__(self, config: QFormerConfig, looks: bool):
        super().__init__()
        width, after = config.width, (config.width, config.norm_eps, config.dropout)
        sizes = (width, config.mlp_width, config.activation)
        self.attention = MultiHeadAttention(width, config.heads)
        self.attention_norm = AddAndNorm(*after)
        self.looks, heads, source_width = looks, config.heads, config.image_width
        if looks:
            self.cross_attention = CrossAttention(width, heads, source_width)
            self.cross_attention_norm = AddAndNorm(*after)
        self.query_mlp, self.query_norm = MLP(*sizes), AddAndNorm(*after)
        if config.vocabulary_size:
            self.text_mlp, self.text_norm = MLP(*sizes), AddAndNorm(*after)

    def forward(
        self, queries: Tensor, text: Tensor, features: Tensor | None, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return queries and text of the same shapes, (batch, tokens, width)."""
        tokens = torch.cat([queries, text], dim=1)
        tokens = self.attention_norm(tokens, self.attention(tokens, mask))
        queries, text = tokens.split([queries.shape[1], text.shape[1]], dim=1)
        if queries.shape[1]:
            if self.looks:
                seen = self.cross_attention(queries, features)
                queries = self.cross_attention_norm(queries, seen)
            queries = self.query_norm(queries, self.query_mlp(queries))
        if text.shape[1]:
            text = self.text_norm(text, self.text_mlp(text))
        return queries, text


class TextEmbedding(nn.Module):
    """Turn token numbers into vectors that know their place, counted from 0.

    Args:
        config: of a Q-Former that reads text.
    """

    def __init__(self, config: QFormerConfig):
        super().__init__()
        self.tokens = nn.Embedding(config.vocabulary_size, config.width)
        self.positions = nn.Embedding(config.context_length, config.width)

    def forward(self, ids: Tensor) -> Tensor:
        """Return (batch, tokens, width) of numbers, int64 (batch, tokens)."""
        length, most = ids.shape[1], self.positions.num_embeddings
        if length > most:
            raise ValueError(
                f"a text of {length} tokens is longer than the {most} that this "
                "Q-Former can read: cut it, or build one with a longer context_length"
            )
        return self.tokens(ids) + self.positions.weight[:length]


@torch.no_grad()
def initialise_qformer(model: nn.Module) -> None:
    """Set the weights of a new Q-Former as BERT does: normal, biases at zero.

    All deviate by 0.02, the queries too: equal ones would stay equal for ever. The
    queries' MLPs start as copies of those for text.
    """
    for name, parameter in model.named_parameters():
        if "norm" in name:
            continue  # layer normalisation starts as the identity
        if name.endswith("bias"):
            nn.init.zeros_(parameter)
        else:
            nn.init.normal_(parameter, std=0.02)
    for layer in model.layers:
        if hasattr(layer, "text_mlp"):
            layer.query_mlp.load_state_dict(layer.text_mlp.state_dict())


def published_qformer_config(config: dict[str, Any], reads_text: bool) -> QFormerConfig:
    """Translate what the `config.json` of a published BLIP-2 says of its Q-Former.

    Args:
        config: of the whole model.
        reads_text: whether the weights hold embeddings of text.
    Raises:
        ValueError: it describes another kind of model.
    """
    if config.get("model_type") != "blip-2":
        raise ValueError(f"expected a BLIP-2, got a {config.get('model_type')!r} model")
    image, inner = config.get("vision_config") or {}, config.get("qformer_config") or {}
    vocabulary, context = inner.get("vocab_size"), inner.get("max_position_embeddings")
    return QFormerConfig(
        queries=config.get("num_query_tokens", 32),
        width=inner.get("hidden_size", 768),
        layers=inner.get("num_hidden_layers", 12),
        heads=inner.get("num_attention_heads", 12),
        image_width=image.get("hidden_size", 1408),
        vocabulary_size=(vocabulary or 30522) if reads_text else 0,
        context_length=(context or 512) if reads_text else 0,
        mlp_width=inner.get("intermediate_size", 3072),
        cross_attention_every=inner.get("cross_attention_frequency", 2),
        activation=inner.get("hidden_act", "gelu"),
        norm_eps=inner.get("layer_norm_eps", 1e-12),
        image_norm_eps=image.get("layer_norm_eps", 1e-6),
        dropout=inner.get("hidden_dropout_prob", 0.1),
    )


def rename_qformer_weight(name: str) -> str:
    """Translate the name that transformers gives a weight of the Q-Former."""
    renames = [
        (r"^query_tokens$", "queries"),
        (r"^vision_model\.post_layernorm\.", "image_norm."),
        (r"^embeddings\.word_embeddings\.", "text_embedding.tokens."),
        (r"^embeddings\.position_embeddings\.", "text_embedding.positions."),
        (r"^qformer\.layernorm\.", "embedding_norm.0."),
        (r"^qformer\.encoder\.layer\.", "layers."),
        (r"\.crossattention\.attention\.query\.", ".cross_attention.query."),
        (r"\.crossattention\.attention\.\w+\.", ".cross_attention.key_value."),
        (r"\.crossattention\.output\.dense\.", ".cross_attention.project."),
        (r"\.crossattention\.output\.LayerNorm\.", ".cross_attention_norm.norm."),
        (r"\.attention\.attention\.\w+\.", ".attention.qkv."),
        (r"\.attention\.output\.dense\.", ".attention.project."),
        (r"\.attention\.output\.LayerNorm\.", ".attention_norm.norm."),
        (r"\.intermediate_query\.dense\.", ".query_mlp.expand."),
        (r"\.output_query\.dense\.", ".query_mlp.contract."),
        (r"\.output_query\.LayerNorm\.", ".query_norm.norm."),
        (r"\.intermediate\.dense\.", ".text_mlp.expand."),
        (r"\.output\.dense\.", ".text_mlp.contract."),
        (r"\.output\.LayerNorm\.", ".text_norm.norm."),
    ]
    for pattern, replacement in renames:
        name = re.sub(pattern, replacement, name)
    return name


def rename_published_qformer(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Give the Q-Former's part of published BLIP-2 weights our names.

    Keys and values are joined, and so are queries where all three come from the same
    tokens. The normalisation of the image features, which transformers keeps at the end
    of its image encoder, is ours, since it is trained with the Q-Former.

    Args:
        weights: by the names of transformers, the same on disk and in memory. Other
            parts are left out, and MLPs for text where there are no embeddings of it.
    """
    reads_text = "embeddings.word_embeddings.weight" in weights
    ours = r"query_tokens|vision_model\.post_layernorm|embeddings\.\w+_emb|qformer\."
    parts: dict[str, dict[str, Tensor]] = {}
    for published, value in weights.items():
        name = rename_qformer_weight(published)
        if re.match(ours, published) and (reads_text or ".text_" not in name):
            parts.setdefault(name, {})[published] = value
    # queries come first, then keys and values, as in the alphabet
    order = {"key": lambda part: ("query" not in part, part)}
    return {
        name: torch.cat([values[part] for part in sorted(values, **order)])
        for name, values in parts.items()
    }


def build_published_qformer(
    model_class: type[nn.Module], config: dict[str, Any], weights: dict[str, Tensor]
) -> nn.Module:
    """Make a Q-Former in evaluation mode from published files or their like.

    Raises:
        ValueError: they belong to another model, or a weight is missing.
    """
    reads_text = "embeddings.word_embeddings.weight" in weights
    model = model_class(published_qformer_config(config, reads_text))
    load_weights(model, rename_published_qformer(weights))
    return model.eval()


def copy_transformers_qformer(
    model_class: type[nn.Module], module: nn.Module
) -> nn.Module:
    """Copy the Q-Former of a BLIP-2 of the transformers library that is in memory.

    Args:
        model_class: `QFormer`.
        module: a `Blip2ForImageTextRetrieval`, whose Q-Former reads text, too, or a
            `Blip2ForConditionalGeneration` or `Blip2Model`.
    Returns:
        A model in evaluation mode, of the module's precision and on its device. Dropout
        of attention weights is left out.
    Raises:
        TypeError: the module is none. A bare `Blip2QFormerModel` has no queries.
    """
    from transformers import Blip2Config  # slow to import

    if not isinstance(getattr(module, "config", None), Blip2Config):
        raise TypeError(
            "expected a whole BLIP-2 of transformers, such as a Blip2Model or a "
            f"Blip2ForImageTextRetrieval, got {type(module).__name__}"
        )
    config, weights = module.config.to_dict(), module.state_dict()
    model = build_published_qformer(model_class, config, weights)
    return model.to(module.device, module.qformer.dtype)


def read_published_qformer(
    model_class: type[nn.Module], name_or_path: str | Path
) -> nn.Module:
    """Read the Q-Former of a published BLIP-2 from a folder, the cache or the hub.

    Args:
        model_class: `QFormer`.
        name_or_path: a folder, or a name as "Salesforce/blip2-itm-vit-g".
    Returns:
        A model in evaluation mode and in single precision.
    Raises:
        UnavailableError: an OSError; the files can't be had.
        ValueError: they hold something other than a BLIP-2.
    """
    config, weights = read_json(name_or_path, "config.json"), read_weights(name_or_path)
    return build_published_qformer(model_class, config, weights).float()


def embed_text(model: nn.Module, ids: Tensor) -> Tensor:
    """Turn texts into the tokens that enter a Q-Former, (batch, tokens, width).

    Raises:
        ValueError: it reads no text, or none as long as this.
    """
    if model.text_embedding is None:
        raise ValueError("this Q-Former reads no text: its vocabulary_size is 0")
    return model.embedding_norm(model.text_embedding(ids))


@torch.no_grad()
def query_attention(model: nn.Module, features: Tensor) -> list[Tensor]:
    """Say what the queries of a Q-Former look at, in each layer that looks.

    Args:
        model: a `QFormer`.
        features: (batch, image tokens, image_width).
    Returns:
        Weights (batch, heads, queries, image tokens), which sum to 1 over the last.
    """
    maps, features = [], model.image_norm(features)
    queries = model.embedding_norm(model.queries.expand(len(features), -1, -1))
    for layer in model.layers:
        if layer.looks:
            mixed = layer.attention_norm(queries, layer.attention(queries))
            maps.append(layer.cross_attention.attention_weights(mixed, features))
        queries, _ = layer(queries, queries[:, :0], features, None)
    return maps


def drop_text(model: nn.Module) -> "QFormer":
    """Return a copy of a Q-Former that reads images alone, as stage 2 needs it."""
    config = replace(model.config, vocabulary_size=0, context_length=0)
    copy = QFormer(config).to(model.queries.device, model.queries.dtype)
    weights = model.state_dict()
    load_weights(copy, {name: weights[name] for name in copy.state_dict()})
    return copy.train(model.training)


class QFormer(nn.Module):
    """Let learned queries read an image, with or without a text beside them.

    Image features, (batch, image tokens, image_width), come from a frozen encoder,
    texts are int64 (batch, tokens), and `mask` is one of the three masks.
    """

    config_class = QFormerConfig

    def __init__(self, config: QFormerConfig):
        super().__init__()
        self.config = config
        width, every, eps = config.width, config.cross_attention_every, config.norm_eps
        self.image_norm = FeatureNorm(config.image_width, eps=config.image_norm_eps)
        self.queries = nn.Parameter(torch.zeros(1, config.queries, width))
        self.text_embedding = TextEmbedding(config) if config.vocabulary_size else None
        steps = nn.LayerNorm(width, eps=eps), nn.Dropout(config.dropout)
        self.embedding_norm = nn.Sequential(*steps)
        looks = [place % every == 0 for place in range(config.layers)]
        self.layers = nn.ModuleList(QFormerLayer(config, look) for look in looks)
        initialise_qformer(self)

    def forward(
        self, features: Tensor, ids: Tensor | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return queries (batch, queries, width) and text (batch, tokens, width)."""
        features = self.image_norm(features)
        queries = self.embedding_norm(self.queries.expand(len(features), -1, -1))
        text = queries[:, :0] if ids is None else embed_text(self, ids)
        for layer in self.layers:
            queries, text = layer(queries, text, features, mask)
        return queries, text

    def read_text(self, ids: Tensor, is_token: Tensor) -> Tensor:
        """Return texts read without an image, (batch, tokens, width)."""
        text, mask = embed_text(self, ids), bidirectional_mask(0, is_token)
        for layer in self.layers:
            _, text = layer(text[:, :0], text, None, mask)
        return text

    attention_maps, without_text = query_attention, drop_text
    from_transformers = classmethod(copy_transformers_qformer)
    from_pretrained = classmethod(read_published_qformer)
    save, load = save_model, classmethod(load_model)
