"""Attention and encoder blocks against torch's own."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from multimodal.transformer import (
    MLP,
    Encoder,
    EncoderBlock,
    MultiHeadAttention,
    activation_function,
    scaled_dot_product_attention,
)

sizes = st.integers(1, 6)


def randomise(module: nn.Module, seed: int) -> None:
    """Give every parameter, also the biases, a value that matters."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.3)


@settings(max_examples=50, deadline=None)
@given(sizes, sizes, sizes, sizes, sizes, st.booleans(), st.integers(0, 10**6))
def test_attention_equals_torchs(batch, queries, keys, width, depth, masked, seed):
    torch.manual_seed(seed)
    q = torch.randn(batch, queries, width, dtype=torch.float64)
    k = torch.randn(batch, keys, width, dtype=torch.float64)
    v = torch.randn(batch, keys, depth, dtype=torch.float64)
    mask = None
    if masked:
        mask = torch.rand(batch, queries, keys) < 0.5
        mask[..., 0] = True  # every query sees at least one key
    values, weights = scaled_dot_product_attention(q, k, v, mask)
    expected = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    torch.testing.assert_close(values, expected)
    torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]))
    if masked:
        assert (weights[~mask] == 0).all()


@settings(max_examples=25, deadline=None)
@given(sizes, sizes, sizes, sizes, st.booleans(), st.booleans())
def test_multi_head_attention_equals_torchs(batch, tokens, heads, depth, bias, causal):
    width = heads * depth
    ours = MultiHeadAttention(width, heads, qkv_bias=bias).double()
    randomise(ours, seed=width)
    torchs = nn.MultiheadAttention(width, heads, batch_first=True).double()
    with torch.no_grad():
        torchs.in_proj_weight.copy_(ours.qkv.weight)
        torchs.in_proj_bias.copy_(ours.qkv.bias if bias else torch.zeros(3 * width))
    torchs.out_proj.load_state_dict(ours.project.state_dict())
    mask = torch.ones(tokens, tokens, dtype=torch.bool).tril() if causal else None
    inputs = torch.randn(batch, tokens, width, dtype=torch.float64)
    expected, weights = torchs(
        inputs,
        inputs,
        inputs,
        attn_mask=~mask if causal else None,  # torch's True means "hide"
        average_attn_weights=False,
    )
    torch.testing.assert_close(ours(inputs, mask), expected)
    torch.testing.assert_close(ours.attention_weights(inputs, mask), weights)


@pytest.mark.parametrize("eps", [1e-6, 1e-1])
@pytest.mark.parametrize("masked", [False, True])
def test_encoder_equals_torchs_pre_ln_encoder(eps, masked):
    ours = Encoder(3, width=12, heads=3, mlp_width=20, norm_eps=eps).double()
    randomise(ours, seed=1)
    layer = nn.TransformerEncoderLayer(
        12, 3, 20, 0.0, "gelu", eps, batch_first=True, norm_first=True
    )
    torchs = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False).double()
    for block, layer in zip(ours.blocks, torchs.layers, strict=True):
        names = {
            "self_attn.in_proj_weight": block.attention.qkv.weight,
            "self_attn.in_proj_bias": block.attention.qkv.bias,
            "self_attn.out_proj.weight": block.attention.project.weight,
            "self_attn.out_proj.bias": block.attention.project.bias,
            "linear1.weight": block.mlp.expand.weight,
            "linear1.bias": block.mlp.expand.bias,
            "linear2.weight": block.mlp.contract.weight,
            "linear2.bias": block.mlp.contract.bias,
            "norm1.weight": block.attention_norm.weight,
            "norm1.bias": block.attention_norm.bias,
            "norm2.weight": block.mlp_norm.weight,
            "norm2.bias": block.mlp_norm.bias,
        }
        layer.load_state_dict(names)
    tokens = torch.randn(2, 5, 12, dtype=torch.float64)
    mask = torch.ones(5, 5, dtype=torch.bool).tril() if masked else None
    expected = torchs(tokens, mask=~mask if masked else None)
    torch.testing.assert_close(ours(tokens, mask), expected)


def test_a_causal_mask_hides_the_future():
    encoder = Encoder(2, width=8, heads=2, mlp_width=16)
    tokens = torch.randn(1, 6, 8)
    mask = torch.ones(6, 6, dtype=torch.bool).tril()
    changed = tokens.clone()
    changed[:, 4:] = torch.randn(1, 2, 8)
    before, after = encoder(tokens, mask), encoder(changed, mask)
    torch.testing.assert_close(before[:, :4], after[:, :4])
    assert not torch.allclose(before[:, 4:], after[:, 4:])
    for weights in encoder.attention_maps(tokens, mask):
        assert (weights.triu(1) == 0).all()


def test_attention_maps_belong_to_the_tokens_of_each_layer():
    encoder = Encoder(2, width=8, heads=2, mlp_width=16)
    randomise(encoder, seed=2)
    tokens = torch.randn(3, 5, 8)
    first, second = encoder.attention_maps(tokens)
    assert first.shape == second.shape == (3, 2, 5, 5)
    deeper = encoder.blocks[0](tokens)
    block = encoder.blocks[1]
    expected = block.attention.attention_weights(block.attention_norm(deeper))
    torch.testing.assert_close(second, expected)


def test_dropout_acts_in_training_only():
    block = EncoderBlock(8, 2, 16, dropout=0.5)
    tokens = torch.randn(2, 3, 8)
    assert not torch.equal(block(tokens), block(tokens))
    block.eval()
    assert torch.equal(block(tokens), block(tokens))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gelu", nn.GELU()),
        ("gelu_pytorch_tanh", nn.GELU(approximate="tanh")),
        ("quick_gelu", lambda x: x * torch.sigmoid(1.702 * x)),
    ],
)
def test_activations(name, expected):
    inputs = torch.linspace(-5, 5, 101)
    torch.testing.assert_close(activation_function(name)(inputs), expected(inputs))


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="width 10 can't be split evenly into 4 heads"):
        MultiHeadAttention(10, 4)
    with pytest.raises(ValueError, match="unknown activation 'relu9'.*quick_gelu"):
        MLP(4, 8, activation="relu9")
