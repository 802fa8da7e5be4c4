"""A small causal language model: the decoder of GPT-2 (Radford et al., 2019).

It is made of the blocks of the image encoder. What is new is that no token looks ahead,
that the output reuses the embeddings of the input, and a cache of keys and values.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.transformer import EncoderBlock, MultiHeadAttention
from multimodal.weights import (
    load_model,
    load_weights,
    read_json,
    read_weights,
    save_model,
)


@dataclass
class LanguageModelConfig:
    """Sizes and options of a `LanguageModel`.

    Args:
        vocabulary_size: number of tokens there are.
        context_length: most tokens that it can read, written ones included.
        width: length of each token vector; a multiple of `heads`.
        layers, heads: of the decoder.
        mlp_width: hidden width of each MLP, by default four times `width`.
        activation, norm_eps, dropout: as for `EncoderBlock`.
    """

    vocabulary_size: int
    context_length: int
    width: int
    layers: int
    heads: int
    mlp_width: int | None = None
    activation: str = "gelu_pytorch_tanh"
    norm_eps: float = 1e-5
    dropout: float = 0.0

    def __post_init__(self):
        self.mlp_width = self.mlp_width or 4 * self.width

    @property
    def vocab_size(self) -> int:
        """The size of the vocabulary, by the name that transformers gives it."""
        return self.vocabulary_size


class KeyValueCache:
    """Keep the keys and values of what was read, so that it isn't read again.

    A token never sees those after it, so its keys and values stay right, whatever is
    written later.

    Args:
        layers: number of blocks; each has keys and values of its own.
    """

    def __init__(self, layers: int):
        self.layers: list[tuple[Tensor, Tensor] | None] = [None] * layers

    def __len__(self) -> int:
        """Count the tokens that were read."""
        return 0 if self.layers[0] is None else self.layers[0][0].shape[2]

    def extend(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Add those of new tokens, (batch, heads, tokens, head_width); return all."""
        if self.layers[layer] is not None:
            before = self.layers[layer]
            keys = torch.cat([before[0], keys], dim=2)
            values = torch.cat([before[1], values], dim=2)
        self.layers[layer] = keys, values
        return keys, values

    def reorder_cache(self, rows: Tensor) -> None:
        """Keep these rows of the batch, in this order, as a search with beams does."""
        for layer, (keys, values) in enumerate(self.layers):
            self.layers[layer] = keys[rows], values[rows]

    def batch_repeat_interleave(self, repeats: int) -> None:
        """Let each row of the batch go on in so many ways, which come one by one."""
        self.reorder_cache(
            torch.arange(len(self.layers[0][0])).repeat_interleave(repeats)
        )


def attend_with_cache(
    attention: MultiHeadAttention,
    tokens: Tensor,
    mask: Tensor,
    cache: KeyValueCache | None,
    layer: int,
) -> Tensor:
    """Let new tokens look at themselves and at what the cache holds.

    Args:
        attention: of the block number `layer`.
        tokens: the new ones alone, (batch, tokens, width).
        mask: boolean (batch, 1, tokens, all), True where a new token may look.
        cache: is extended by the new tokens; None for no cache.
    Returns:
        (batch, tokens, width).
    """
    queries, keys, values = attention.split_heads(tokens)
    if cache is not None:
        keys, values = cache.extend(layer, keys, values)
    mixed = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
    return attention.project(mixed.transpose(1, 2).flatten(2))


class Decoder(nn.Module):
    """A stack of pre-LN blocks that goes on from the keys and values of a cache.

    Args:
        layers: number of blocks.
        sizes, options: the arguments of each `EncoderBlock`.
    """

    def __init__(self, layers: int, *sizes: int, **options):
        super().__init__()
        self.blocks = nn.ModuleList(
            EncoderBlock(*sizes, **options) for _ in range(layers)
        )

    def forward(
        self, tokens: Tensor, mask: Tensor, cache: KeyValueCache | None = None
    ) -> Tensor:
        """Return tokens of the same shape; arguments as in `attend_with_cache`."""
        for layer, block in enumerate(self.blocks):
            normalised = block.attention_norm(tokens)
            attended = attend_with_cache(
                block.attention, normalised, mask, cache, layer
            )
            tokens = tokens + block.dropout(attended)
            tokens = tokens + block.dropout(block.mlp(block.mlp_norm(tokens)))
        return tokens


def visible_tokens(is_token: Tensor, new: int) -> Tensor:
    """Say what the last tokens may look at: no later ones, and no padding.

    Args:
        is_token: (batch, all), False or 0 at padding; or what is returned, as it is.
        new: number of tokens, at the end, that look.
    Returns:
        Boolean (batch, 1, new, all). Each token sees itself, padding as well: a token
        that sees none would have no mean, and nothing looks at it anyhow.
    """
    if is_token.dim() == 4:
        return is_token
    length = is_token.shape[1]
    places = torch.arange(length, device=is_token.device)
    looking, seen = places[length - new :, None], places[None]
    visible = (seen <= looking) & is_token[:, None, None].bool()
    return visible | (seen == looking)


@torch.no_grad()
def initialise_decoder(model: nn.Module) -> None:
    """Set the weights of a new language model as GPT-2 does.

    All are normal with a deviation of 0.02; the layers that add to the residual sum
    start smaller, the more of them there are.
    """
    for name, parameter in model.named_parameters():
        if "norm" in name:
            continue  # starts as the identity
        if name.endswith("bias"):
            nn.init.zeros_(parameter)
            continue
        adds = name.endswith(("attention.project.weight", "mlp.contract.weight"))
        std = 0.02 * ((2 * model.config.layers) ** -0.5 if adds else 1)
        nn.init.normal_(parameter, std=std)


def published_gpt2_config(config: dict[str, Any]) -> LanguageModelConfig:
    """Translate the `config.json` of a published GPT-2.

    Raises:
        ValueError: it describes another kind of model, or an unusual GPT-2.
    """
    if config.get("model_type") != "gpt2":
        raise ValueError(f"expected a GPT-2, got a {config.get('model_type')!r} model")
    usual = {
        "scale_attn_weights": True,
        "scale_attn_by_inverse_layer_idx": False,
        "add_cross_attention": False,
        "tie_word_embeddings": True,
    }
    for name, value in usual.items():
        if config.get(name, value) != value:
            raise ValueError(f"a GPT-2 with {name}={config[name]} can't be copied")
    activation = config.get("activation_function", "gelu_new")
    return LanguageModelConfig(
        vocabulary_size=config.get("vocab_size", 50257),
        context_length=config.get("n_positions", 1024),
        width=config.get("n_embd", 768),
        layers=config.get("n_layer", 12),
        heads=config.get("n_head", 12),
        mlp_width=config.get("n_inner"),
        activation="gelu_pytorch_tanh" if activation == "gelu_new" else activation,
        norm_eps=config.get("layer_norm_epsilon", 1e-5),
    )


def rename_published_gpt2(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Give the weights of a published GPT-2 our names.

    Its layers keep their matrices the other way round. Old files hold masks, too, and
    those in memory the head a second time; both are left out.
    """
    renames = [
        (r"^transformer\.", ""),
        (r"^wte\.", "token_embedding."),
        (r"^wpe\.weight$", "position_embedding"),
        (r"^ln_f\.", "norm."),
        (r"^h\.", "decoder.blocks."),
        (r"\.ln_1\.", ".attention_norm."),
        (r"\.ln_2\.", ".mlp_norm."),
        (r"\.attn\.c_attn\.", ".attention.qkv."),
        (r"\.attn\.c_proj\.", ".attention.project."),
        (r"\.mlp\.c_fc\.", ".mlp.expand."),
        (r"\.mlp\.c_proj\.", ".mlp.contract."),
    ]
    renamed = {}
    for name, value in weights.items():
        if name.endswith((".attn.bias", ".attn.masked_bias", "lm_head.weight")):
            continue
        if re.search(r"\.c_\w+\.weight$", name):
            value = value.T.contiguous()
        for pattern, replacement in renames:
            name = re.sub(pattern, replacement, name)
        renamed[name] = value
    return renamed


def copy_transformers_gpt2(
    model_class: type[nn.Module], module: nn.Module
) -> "LanguageModel":
    """Copy a GPT-2 of the transformers library that is in memory.

    Args:
        model_class: `LanguageModel`.
        module: a `GPT2LMHeadModel`.
    Returns:
        A model in evaluation mode, of the module's precision and on its device.
    Raises:
        TypeError: the module is none.
        ValueError: it is an unusual one.
    """
    from transformers import GPT2LMHeadModel  # slow to import

    if not isinstance(module, GPT2LMHeadModel):
        raise TypeError(
            f"expected a GPT2LMHeadModel of transformers, got {type(module).__name__}"
        )
    model = model_class(published_gpt2_config(module.config.to_dict()))
    load_weights(model, rename_published_gpt2(module.state_dict()))
    return model.eval().to(module.device, module.dtype)


def read_published_gpt2(
    model_class: type[nn.Module], name_or_path: str | Path
) -> "LanguageModel":
    """Read a published GPT-2 from a folder, from the hub's cache, or from the hub.

    Args:
        model_class: `LanguageModel`.
        name_or_path: a folder, or a name as "openai-community/gpt2".
    Raises:
        UnavailableError: an OSError; the files can't be had.
        ValueError: they hold something other than a GPT-2.
    """
    model = model_class(published_gpt2_config(read_json(name_or_path, "config.json")))
    load_weights(model, rename_published_gpt2(read_weights(name_or_path)))
    return model.eval()


class LanguageModelOutput(NamedTuple):
    """Logits of each next token, (batch, tokens, vocabulary), and the cache, if any."""

    logits: Tensor
    past_key_values: KeyValueCache | None


def foretell(
    model: nn.Module,
    input_ids: Tensor | None = None,
    attention_mask: Tensor | None = None,
    position_ids: Tensor | None = None,
    past_key_values: KeyValueCache | None = None,
    inputs_embeds: Tensor | None = None,
    use_cache: bool = False,
    logits_to_keep: int | Tensor = 0,
) -> LanguageModelOutput:
    """Read tokens, and foretell what follows each of them.

    Args:
        model: a `LanguageModel`.
        input_ids: int64 (batch, tokens); or their vectors, `inputs_embeds`, instead.
        attention_mask: (batch, all), 0 at padding; all are those that were read before
            and the new ones. Or what each new one may look at, boolean (batch, 1,
            tokens, all).
        position_ids: int64 (batch, tokens), by default counted from the first.
        past_key_values: of what was read before; gets longer.
        use_cache: make such a cache if there is none.
        logits_to_keep: foretell after so many of the last tokens alone, 0 for all; or
            after the tokens at these places.
    """
    tokens, cache = inputs_embeds, past_key_values
    if tokens is None:
        tokens = model.token_embedding(input_ids)
    if cache is None and use_cache:
        cache = KeyValueCache(model.config.layers)
    before, new = 0 if cache is None else len(cache), tokens.shape[1]
    if attention_mask is None:
        attention_mask = tokens.new_ones(len(tokens), before + new)
    if position_ids is None:
        position_ids = torch.arange(before, before + new, device=tokens.device)
    tokens = tokens + model.embed_positions(position_ids)
    tokens = model.decoder(tokens, visible_tokens(attention_mask, new), cache)
    last = isinstance(logits_to_keep, int)
    tokens = tokens[:, slice(-logits_to_keep, None) if last else logits_to_keep]
    tokens = model.norm(tokens)
    logits = F.linear(tokens, model.token_embedding.weight)  # the head is tied
    return LanguageModelOutput(logits, cache)


class LanguageModel(nn.Module):
    """Foretell the next token of a text from those before it.

    It is called as the causal models of transformers are, so that a
    `FrozenLanguageModel` takes it as well.

    Args:
        config: sizes and options.
    """

    config_class = LanguageModelConfig

    def __init__(self, config: LanguageModelConfig):
        super().__init__()
        self.config = config
        width, places = config.width, config.context_length
        self.token_embedding = nn.Embedding(config.vocabulary_size, width)
        self.position_embedding = nn.Parameter(torch.empty(places, width))
        sizes = (config.layers, width, config.heads, config.mlp_width)
        options = {"activation": config.activation, "norm_eps": config.norm_eps}
        self.decoder = Decoder(*sizes, **options, dropout=config.dropout)
        self.norm = nn.LayerNorm(width, eps=config.norm_eps)
        initialise_decoder(self)

    def get_input_embeddings(self) -> nn.Embedding:
        """Return the vectors of the tokens, as transformers' models do."""
        return self.token_embedding

    def embed_positions(self, positions: Tensor) -> Tensor:
        """Return the vectors of places in a text, (..., width)."""
        places = len(self.position_embedding)
        if positions.numel() and positions.max() >= places:
            raise ValueError(f"the text is longer than the {places} tokens it can read")
        return self.position_embedding[positions]

    forward = foretell
    save = save_model
    load = classmethod(load_model)
    from_transformers = classmethod(copy_transformers_gpt2)
    from_pretrained = classmethod(read_published_gpt2)
