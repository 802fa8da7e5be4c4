"""Rounded weights are the nearest ones there are, and leave a model as it was."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from transformers import OPTConfig, OPTForCausalLM

from multimodal.language_model import LanguageModel, LanguageModelConfig
from multimodal.quantisation import (
    arrange_groups,
    bits_per_number,
    int8_product,
    linear_layers,
    normal_float_table,
    quantise,
    quantise_normal,
    rounded_weights,
)

# of the QLoRA paper, appendix E, as bitsandbytes has them
NF4 = [
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453,
    -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0,
    0.07958029955625534, 0.16093020141124725, 0.24611230194568634,
    0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
    0.7229568362236023, 1.0,
]  # fmt: skip


def matrix(rows: int, columns: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, columns, generator=generator)


def nearest(values: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Try every step for every number."""
    return steps[np.abs(values[:, None] - steps[None]).argmin(axis=1)]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 8),
    st.sampled_from(["tensor", "row", 2, 4, 8]),
    st.integers(1, 5),
    st.integers(0, 99),
)
def test_each_number_becomes_the_nearest_step_of_its_group(bits, group, rows, seed):
    values = matrix(rows, 8, seed)
    rounded = quantise(values, bits, group)
    size = {"tensor": rows * 8, "row": 8}.get(group, group)
    most = 2 ** (bits - 1) - 1
    expected = []
    for part in values.flatten().split(size):
        steps = np.arange(-most, most + 1) * (part.abs().max().item() / most)
        expected.append(nearest(part.numpy(), steps))
    found = rounded.restore()
    assert found.shape == values.shape
    np.testing.assert_allclose(found.flatten(), np.concatenate(expected), atol=1e-5)
    assert rounded.codes.dtype == torch.int8
    assert rounded.codes.abs().max() == most
    assert rounded.scales.numel() == rows * 8 // size


def test_rows_are_rounded_as_torch_rounds_channels():
    """An oracle with another interface: torch's rounding for training."""
    values = matrix(6, 16)
    scales, zeros = values.abs().amax(dim=1) / 127, torch.zeros(6, dtype=torch.int32)
    expected = torch.fake_quantize_per_channel_affine(
        values, scales, zeros, axis=0, quant_min=-128, quant_max=127
    )
    torch.testing.assert_close(quantise(values, 8, "row").restore(), expected)


def test_zeros_stay_zeros():
    values = torch.zeros(2, 8)
    values[1, 3] = 2.0
    for rounded in (quantise(values, 4, "row"), quantise_normal(values, 4)):
        assert torch.equal(rounded.restore(), values)


def test_what_sticks_out_harms_its_own_group_alone():
    values = matrix(4, 64)
    values[2, 5] = 1000
    errors = (quantise(values, 4, "row").restore() - values).abs().amax(dim=1)
    assert errors[2] > 1 and errors[[0, 1, 3]].max() < 0.3
    blocks = (quantise(values, 4, 32).restore() - values).abs()
    assert blocks[2, 32:].max() < 0.3 < blocks[2, :32].max()
    assert (quantise(values, 4, "tensor").restore()[0] == 0).all()


def test_smaller_groups_and_more_bits_are_more_exact():
    values = matrix(64, 128)
    errors = {
        (bits, group): (quantise(values, bits, group).restore() - values).norm()
        for bits in (2, 3, 4, 8)
        for group in ("tensor", "row", 32)
    }
    for bits in (2, 3, 4, 8):
        assert errors[bits, "tensor"] > errors[bits, "row"] > errors[bits, 32]
    for group in ("tensor", "row", 32):
        assert errors[2, group] > errors[3, group] > 4 * errors[8, group]


@pytest.mark.parametrize(
    ("bits", "group", "words"),
    [(1, "row", "2 to 8"), (9, "row", "2 to 8"), (4, "rows", "groups are"),
     (4, 5, "divide"), (4, 0, "divide"), (4, 2.0, "divide")],
)  # fmt: skip
def test_what_cannot_be_rounded_is_refused(bits, group, words):
    with pytest.raises(ValueError, match=words):
        quantise(matrix(3, 8), bits, group)


def test_the_steps_of_nf4_are_the_published_ones():
    table = normal_float_table()
    np.testing.assert_allclose(table, NF4, atol=2e-6)
    assert 0.0 in table.tolist() and (table.diff() > 0).all()


@pytest.mark.parametrize("group", ["tensor", "row", 16, 64])
def test_nf4_takes_the_nearest_of_its_steps(group):
    values = matrix(3, 64)
    found = quantise_normal(values, group).restore()
    for part, again in zip(
        arrange_groups(values, group), arrange_groups(found, group), strict=True
    ):
        largest = part.abs().max().item()
        expected = nearest(part.numpy() / largest, np.array(NF4)) * largest
        np.testing.assert_allclose(again, expected, atol=1e-5)


def test_nf4_beats_even_steps_on_normal_numbers():
    values = matrix(64, 256)
    even = (quantise(values, 4, 64).restore() - values).norm()
    normal = (quantise_normal(values, 64).restore() - values).norm()
    assert normal < 0.95 * even


def test_bits_per_number_count_the_scales():
    assert bits_per_number((100, 64), 4, 64, scale_bits=32) == 4.5  # QLoRA, section 3
    assert bits_per_number((100, 64), 4, 32) == 4.5
    assert bits_per_number((100, 64), 8, "row") == 8.25
    assert bits_per_number((100, 64), 8, "tensor") == 8 + 16 / 6400


def test_without_outliers_the_product_is_that_of_whole_numbers():
    inputs, weight = matrix(5, 40), matrix(7, 40, seed=1)
    left, right = quantise(inputs, 8, "row"), quantise(weight, 8, "row")
    expected = left.restore().double() @ right.restore().double().T
    found = int8_product(inputs, weight, threshold=100)
    torch.testing.assert_close(found.double(), expected, atol=1e-5, rtol=1e-5)
    assert not torch.allclose(found, inputs @ weight.T, atol=1e-4)


def test_outliers_are_multiplied_as_they_are():
    inputs, weight = matrix(20, 64), matrix(16, 64, seed=1)
    inputs[3, 9] *= 1e4
    exact = inputs @ weight.T
    careless = (int8_product(inputs, weight, float("inf")) - exact).norm()
    careful = (int8_product(inputs, weight, 6.0) - exact).norm()
    assert careful < careless / 20
    everything = int8_product(inputs, weight, threshold=0.0)
    torch.testing.assert_close(everything, exact, atol=1e-2, rtol=1e-5)


def small_models() -> list[nn.Module]:
    torch.manual_seed(0)
    ours = LanguageModel(LanguageModelConfig(20, 16, width=32, layers=2, heads=2))
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    sizes |= {"ffn_dim": 64, "word_embed_proj_dim": 32, "vocab_size": 20}
    theirs = OPTForCausalLM(OPTConfig(**sizes))
    return [ours.eval(), theirs.eval()]


@pytest.mark.parametrize("number", [0, 1])
def test_a_model_is_rounded_for_a_while(number):
    model = small_models()[number]
    layers, ids = linear_layers(model), torch.arange(8)[None]
    assert all(isinstance(layer, nn.Linear) for layer in layers)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    logits = model(input_ids=ids).logits
    with (
        pytest.raises(ZeroDivisionError),
        rounded_weights(model, lambda w: quantise(w, 3, "row")),
    ):
        for layer in layers:
            assert len(layer.weight[0].unique()) <= 7
        assert not torch.allclose(model(input_ids=ids).logits, logits)
        table = model.get_input_embeddings().weight
        assert len(table[0].unique()) == 32  # the words are as they were
        _ = 1 / 0
    after = model.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert torch.equal(model(input_ids=ids).logits, logits)


def test_linear_layers_leave_out_the_tied_table():
    ours, theirs = small_models()
    assert len(linear_layers(ours)) == 2 * 4  # qkv, projection and MLP of each block
    assert len(linear_layers(theirs)) == 6
    assert theirs.lm_head not in linear_layers(theirs)
