"""The transformer encoder: attention, multi-layer perceptron, pre-LN blocks."""

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def scaled_dot_product_attention(
    queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Average the values, weighted by how well each query matches each key.

    This is equation 1 of "Attention Is All You Need" (Vaswani et al., 2017).

    Args:
        queries: (..., queries, head_width).
        keys: (..., keys, head_width).
        values: (..., keys, value_width).
        mask: boolean, broadcastable to (..., queries, keys): True where the query
            may look at the key. Every query needs at least one such key.
    Returns:
        The averages, (..., queries, value_width), and the attention weights,
        (..., queries, keys), which sum to 1 over the keys.
    """
    scores = queries @ keys.transpose(-2, -1)  # (..., queries, keys)
    scores = scores / math.sqrt(queries.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    weights = scores.softmax(dim=-1)
    return weights @ values, weights


class MultiHeadAttention(nn.Module):
    """Let every token look at every other one, in several ways at once.

    Args:
        width: length of each token vector; a multiple of `heads`.
        heads: number of attentions that run side by side.
        qkv_bias: whether queries, keys and values have a bias.
    Raises:
        ValueError: the width can't be shared out evenly among the heads.
    """

    def __init__(self, width: int, heads: int, qkv_bias: bool = True):
        super().__init__()
        if width % heads:
            raise ValueError(f"width {width} can't be split evenly into {heads} heads")
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=qkv_bias)
        self.project = nn.Linear(width, width)

    def split_heads(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries, keys, values: each (batch, heads, tokens, head_width)."""
        qkv = self.qkv(tokens).unflatten(-1, (3, self.heads, -1))
        return qkv.permute(2, 0, 3, 1, 4).unbind()  # from (batch, tokens, 3, heads, ..)

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return (batch, tokens, width); `mask` as in the function above."""
        queries, keys, values = self.split_heads(tokens)
        mixed = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
        return self.project(mixed.transpose(1, 2).flatten(2))  # heads side by side

    def attention_weights(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return who looks at whom: (batch, heads, tokens, tokens)."""
        return scaled_dot_product_attention(*self.split_heads(tokens), mask)[1]


def quick_gelu(inputs: Tensor) -> Tensor:
    """Approximate GELU by x * sigmoid(1.702 x), as OpenAI's CLIP does."""
    return inputs * torch.sigmoid(1.702 * inputs)


def activation_function(name: str) -> Callable[[Tensor], Tensor]:
    """Find an activation by the name that published configurations give it.

    Args:
        name: "gelu", "gelu_pytorch_tanh" or "quick_gelu".
    Raises:
        ValueError: the name is another one.
    """
    functions = {
        "gelu": F.gelu,
        "gelu_pytorch_tanh": partial(F.gelu, approximate="tanh"),
        "quick_gelu": quick_gelu,
    }
    if name not in functions:
        raise ValueError(f"unknown activation {name!r}: choose from {list(functions)}")
    return functions[name]


class MLP(nn.Module):
    """Transform each token by itself: widen, apply a nonlinearity, narrow again.

    Args:
        width: length of each token vector.
        hidden_width: length in between, four times `width` in most models.
        activation: a name that `activation_function` knows.
    """

    def __init__(self, width: int, hidden_width: int, activation: str = "gelu"):
        super().__init__()
        self.expand = nn.Linear(width, hidden_width)
        self.activation = activation_function(activation)
        self.contract = nn.Linear(hidden_width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return tokens of the same shape, (..., width)."""
        return self.contract(self.activation(self.expand(tokens)))


class EncoderBlock(nn.Module):
    """Attention, then an MLP; each normalises its input and adds to it (pre-LN).

    Args:
        width, heads, qkv_bias: as for `MultiHeadAttention`.
        mlp_width, activation: as for `MLP`.
        norm_eps: added to the variance inside each layer normalisation.
        dropout: share of the numbers that training drops from both additions.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        mlp_width: int,
        qkv_bias: bool = True,
        activation: str = "gelu",
        norm_eps: float = 1e-6,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width, eps=norm_eps)
        self.attention = MultiHeadAttention(width, heads, qkv_bias)
        self.mlp_norm = nn.LayerNorm(width, eps=norm_eps)
        self.mlp = MLP(width, mlp_width, activation)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return tokens of the same shape, (batch, tokens, width)."""
        attended = self.attention(self.attention_norm(tokens), mask)
        tokens = tokens + self.dropout(attended)
        return tokens + self.dropout(self.mlp(self.mlp_norm(tokens)))


class Encoder(nn.Module):
    """A stack of encoder blocks.

    Args:
        layers: number of blocks.
        width, heads, mlp_width: the sizes of each `EncoderBlock`.
        options: the further arguments of `EncoderBlock`.
    """

    def __init__(self, layers: int, width: int, heads: int, mlp_width: int, **options):
        super().__init__()
        self.blocks = nn.ModuleList(
            EncoderBlock(width, heads, mlp_width, **options) for _ in range(layers)
        )

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return tokens of the same shape, (batch, tokens, width)."""
        for block in self.blocks:
            tokens = block(tokens, mask)
        return tokens

    def attention_maps(self, tokens: Tensor, mask: Tensor | None = None) -> list:
        """Return each block's weights, a list of (batch, heads, tokens, tokens)."""
        maps = []
        for block in self.blocks:
            normalised = block.attention_norm(tokens)
            maps.append(block.attention.attention_weights(normalised, mask))
            tokens = block(tokens, mask)
        return maps
