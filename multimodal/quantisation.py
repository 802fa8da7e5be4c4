"""Weights in few bits: round them to a grid, group by group, and measure what it costs.

Dettmers et al., "LLM.int8()", 2022, and "QLoRA", 2023.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

Group = Literal["tensor", "row"] | int


def arrange_groups(values: Tensor, group: Group) -> Tensor:
    """Arrange numbers so that those that share a scale stand in a row.

    Args:
        values: (rows, columns).
        group: "tensor" for one scale, "row" for one for each row, or how many
            neighbours in a row share one.
    Returns:
        (groups, numbers of a group), in the order of the values.
    Raises:
        ValueError: the rows can't be divided into such groups.
    """
    if group == "tensor":
        return values.reshape(1, -1)
    if group == "row":
        return values
    if not isinstance(group, int) or group < 1 or values.shape[1] % group:
        raise ValueError(
            f'the groups are "tensor", "row", or as many numbers as divide a row of '
            f"{values.shape[1]}, not {group!r}"
        )
    return values.reshape(-1, group)


class Rounded(NamedTuple):
    """Numbers in few bits.

    `codes` are int8 (groups, numbers of a group) and `scales` (groups, 1), of the
    precision of the numbers; `shape` is that of the numbers. A code is to be multiplied
    by its scale, or looked up in `table` first, if there is one.
    """

    codes: Tensor
    scales: Tensor
    shape: torch.Size
    table: Tensor | None = None

    def restore(self) -> Tensor:
        """Return the numbers as they are after rounding, of their first shape."""
        codes = self.codes if self.table is None else self.table[self.codes.long()]
        return (codes * self.scales).view(self.shape)


def quantise(values: Tensor, bits: int, group: Group) -> Rounded:
    """Round numbers to the nearest of 2^bits - 1 steps, evenly spaced around zero.

    The largest number of a group, by its absolute value, decides how wide its steps
    are ("absmax").

    Args:
        values: (rows, columns).
        bits: 2 to 8.
        group: as for `arrange_groups`.
    Raises:
        ValueError: another number of bits, or groups that don't fit.
    """
    if bits not in range(2, 9):
        raise ValueError(f"numbers can be rounded to 2 to 8 bits here, not to {bits}")
    groups, most = arrange_groups(values, group), 2 ** (bits - 1) - 1
    scales = groups.abs().amax(dim=1, keepdim=True) / most
    scales = scales.masked_fill(scales == 0, 1)  # a group of zeros
    codes = (groups / scales).round().to(torch.int8)
    return Rounded(codes, scales, values.shape)


def normal_float_table() -> Tensor:
    """Return the 16 numbers of NF4: quantiles of a normal distribution, and 0.

    Half of the 16 codes are for positive numbers, seven for negative ones; the first is
    -1 and the last is 1 (Dettmers et al., 2023, section 3 and appendix E).
    """
    outermost = 0.5 * (1 - 1 / 32) + 0.5 * (1 - 1 / 30)  # that would map to 1
    positive = torch.special.ndtri(torch.linspace(outermost, 0.5, 9).double())[:8]
    negative = -torch.special.ndtri(torch.linspace(outermost, 0.5, 8).double())[:7]
    table = torch.cat([negative, torch.zeros(1).double(), positive]).sort().values
    return (table / table.max()).float()


def quantise_normal(values: Tensor, group: Group = 64) -> Rounded:
    """Round numbers to the 16 steps of NF4, which are narrow where numbers are many.

    Args:
        values: (rows, columns).
        group: as for `arrange_groups`.
    """
    groups, table = arrange_groups(values, group), normal_float_table().to(values)
    scales = groups.abs().amax(dim=1, keepdim=True)
    scales = scales.masked_fill(scales == 0, 1)
    between = (table[1:] + table[:-1]) / 2
    codes = torch.bucketize(groups / scales, between).to(torch.int8)
    return Rounded(codes, scales, values.shape, table)


def bits_per_number(
    shape: tuple[int, int], bits: int, group: Group, scale_bits: int = 16
) -> float:
    """Count what is kept of a number: its code, and its share of the group's scale.

    Args:
        shape: rows and columns.
        bits: of a code.
        group: as for `arrange_groups`.
        scale_bits: of a scale; 32 in QLoRA without its second rounding.
    """
    rows, columns = shape
    size = {"tensor": rows * columns, "row": columns}.get(group, group)
    return bits + scale_bits / size


def int8_product(inputs: Tensor, weight: Tensor, threshold: float = 6.0) -> Tensor:
    """Multiply in whole numbers of 8 bits, but for the features that stick out.

    Args:
        inputs: (tokens, features).
        weight: (outputs, features), as in `nn.Linear`.
        threshold: a feature is kept in full precision, with its column of the weight,
            if it is as large as this for any token (Dettmers et al., 2022, section 3).
    Returns:
        About `inputs @ weight.T`, (tokens, outputs).
    """
    is_outlier = (inputs.abs() >= threshold).any(dim=0)  # (features,)
    product = inputs[:, is_outlier] @ weight[:, is_outlier].T
    if is_outlier.all():
        return product
    left = quantise(inputs[:, ~is_outlier], 8, "row")  # a scale for each token
    right = quantise(weight[:, ~is_outlier], 8, "row")  # and for each output
    whole = left.codes.double() @ right.codes.double().T  # whole numbers, so exact
    return product + whole.to(product) * left.scales * right.scales.T


def linear_layers(model: nn.Module) -> list[nn.Linear]:
    """List the linear layers of a language model, without the table of its words.

    What is quantised in practice is these: they hold most of a large model, and the
    table, where words go in and often come out, is left as it is.
    """
    table = model.get_input_embeddings().weight
    layers = [part for part in model.modules() if isinstance(part, nn.Linear)]
    return [layer for layer in layers if layer.weight is not table]


@contextmanager
def rounded_weights(
    model: nn.Module, rounding: Callable[[Tensor], Rounded]
) -> Iterator[None]:
    """Let a language model work with rounded weights for a while.

    Args:
        model: whose `linear_layers` are rounded; afterwards they are what they were.
        rounding: of a weight, (outputs, inputs).
    """
    layers = linear_layers(model)
    kept = [layer.weight.data for layer in layers]
    try:
        for layer in layers:
            layer.weight.data = rounding(layer.weight.data).restore()
        yield
    finally:
        for layer, weight in zip(layers, kept, strict=True):
            layer.weight.data = weight
