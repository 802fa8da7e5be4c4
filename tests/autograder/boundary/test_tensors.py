"""Tensors and arrays come through a call, share memory, and lead gradients back."""

import gc

import numpy as np
import pytest
import torch

SAME = "def same(value):\n    return value"
DTYPES = [
    torch.bool,
    torch.uint8,
    torch.int64,
    torch.float16,
    torch.bfloat16,
    torch.float32,
    torch.float64,
    torch.complex64,
]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3)])
def test_tensors_of_every_kind_come_back(defined, dtype, shape):
    value = torch.arange(6).reshape(2, 3).to(dtype).expand(2, 3)
    value = value.new_ones(shape) if shape != (2, 3) else value.T
    source = f"{SAME}\ndef new(value):\n    return value.clone()"
    same, new = defined(source, "same", "new")
    assert same(value) is value
    back = new(value)
    assert back.dtype is dtype and torch.equal(back, value)


@pytest.mark.parametrize(
    "value",
    [
        torch.arange(6.0).view(2, 3).T,
        torch.ones(1).expand(4, 3),
        torch.arange(12.0)[2:9:3],
        torch.ones(1, 1).expand(1, 1),
        torch.tensor([1 + 2j]).conj(),
        torch.nn.Parameter(torch.ones(2), requires_grad=False),
    ],
)
def test_views_and_parameters_look_the_same_there(defined, value):
    source = "def look(v):\n    return type(v).__name__, v.stride(), v.tolist()"
    name, stride, numbers = defined(source, "look")(value)
    assert name == type(value).__name__ and numbers == value.tolist()
    if not value.is_conj():
        assert stride == value.stride()


def test_writing_into_a_tensor_or_a_view_of_it_is_seen_here(defined):
    source = """
def write(whole, part):
    part += 10
    whole[0] = -1
    return whole.tolist()
"""
    whole = torch.arange(4.0)
    write = defined(source, "write")
    assert write(whole, whole[2:]) == [-1, 1, 12, 13]
    assert whole.tolist() == [-1, 1, 12, 13]


def test_other_memory_and_another_shape_are_seen_here(defined):
    value = torch.ones(3)
    defined("def change(v):\n    v.data = v.data[:1].double() * 5", "change")(value)
    assert value.tolist() == [5] and value.dtype is torch.float64


def test_a_result_shares_the_memory_of_the_argument_if_it_does_there(defined):
    view, copy = defined(
        "def view(v):\n    return v.T[1:]\ndef copy(v):\n    return v.T[1:].clone()",
        "view",
        "copy",
    )
    value = torch.arange(6.0).view(2, 3)
    own, other = view(value), copy(value)
    value += 1
    assert torch.equal(own, value.T[1:]) and torch.equal(other, value.T[1:] - 1)


@pytest.mark.parametrize(
    "value",
    [
        np.arange(6, dtype=np.int16).reshape(2, 3).T,
        np.array(3.5),
        np.zeros((0, 2)),
        np.array(["a", "bc"]),
        np.array(["2024-01-01"], dtype="datetime64[D]"),
        np.array([1, "a", None], dtype=object),
        np.ma.masked_array([1.0, 2.0], [False, True]),
        np.array([[1, 2]]).view(np.matrix),
    ],
    ids=lambda value: f"{type(value).__name__}-{value.dtype}",
)
def test_arrays_come_back(defined, value):
    kind = defined("def kind(v):\n    return type(v).__name__, v.tolist()", "kind")
    assert kind(value) == (type(value).__name__, value.tolist())
    back = defined("def new(v):\n    return v.copy()", "new")(value)
    assert type(back) is type(value) and back.dtype == value.dtype
    np.testing.assert_equal(back, value)


def test_a_class_of_arrays_that_only_the_student_has_is_no_ordinary_array(defined):
    source = """
import numpy as np
class Sly(np.ndarray):
    def __eq__(self, other):
        return True
def make():
    return np.ones(2).view(Sly)
"""
    back = defined(source, "make")()
    assert type(back) is not np.ndarray and isinstance(back, np.ndarray)
    assert not (back == 5).any()


def test_writing_into_arrays_is_seen_here(defined):
    write = defined("def write(v):\n    v[0] = 7\n    v.sort()", "write")
    value = np.array([3.0, 1.0, np.nan])
    write(value)
    np.testing.assert_equal(value, [1.0, 7.0, np.nan])


def test_what_cannot_cross_is_named(defined):
    with pytest.raises(TypeError, match="only ordinary ones on the CPU"):
        defined(SAME, "same")(torch.eye(2).to_sparse())
    with pytest.raises(TypeError, match="on meta"):
        defined(SAME, "same")(torch.empty(2, device="meta"))


# gradients


def leaves(*shapes):
    """Make leaves with different numbers."""
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
        for shape in shapes
    ]


def test_a_gradient_flows_through_the_solution(defined):
    f = defined("def f(x, w):\n    return (x @ w).tanh(), (x * 2).sum()", "f")
    x, w = leaves((2, 3), (3, 2))
    result, total = f(x, w)
    assert result.requires_grad and total.requires_grad
    (result.square().sum() + 3 * total).backward()
    x2, w2 = leaves((2, 3), (3, 2))
    ((x2 @ w2).tanh().square().sum() + 3 * (x2 * 2).sum()).backward()
    assert torch.allclose(x.grad, x2.grad) and torch.allclose(w.grad, w2.grad)


def test_a_second_backward_needs_a_kept_graph_as_ever(defined):
    f = defined("def f(x):\n    return x.square().sum()", "f")
    (x,) = leaves(3)
    kept, result = f(x), f(x)
    kept.backward(retain_graph=True)
    kept.backward()
    assert torch.allclose(x.grad, 4 * x)
    result.backward()
    with pytest.raises(RuntimeError, match="second time"):
        result.backward()


def test_gradcheck(defined):
    f = defined("def f(a, b, c):\n    return a.exp() * b.sum() + c", "f")
    a, b = leaves((2, 2), 3)
    assert torch.autograd.gradcheck(f, (a, b, torch.ones((), dtype=torch.float64)))


def test_no_gradient_where_there_is_none(defined):
    f = defined("def f(x, y):\n    return x.detach() * 2 + y, x.detach()", "f")
    x, y = leaves(2, 2)
    result, nothing = f(x, y)
    assert not nothing.requires_grad
    assert torch.autograd.grad(result.sum(), (x, y), allow_unused=True)[0] is None
    with torch.no_grad():
        assert not f(x, y)[0].requires_grad


def test_gradients_through_a_callback_whoever_starts_them(defined):
    source = """
import torch
def outside(f, x):
    return f(x * 2).sum()
def inside(f, x):
    outside(f, x).backward()
def only_asked(f, x):
    return torch.autograd.grad(outside(f, x), x)[0]
"""
    outside, inside, only_asked = defined(source, "outside", "inside", "only_asked")
    (x, w) = leaves(3, 3)

    def f(part):
        return part * w  # a leaf that the solution has never seen

    outside(f, x).backward()
    assert torch.allclose(x.grad, 2 * w) and torch.allclose(w.grad, 2 * x)
    inside(f, x)
    assert torch.allclose(x.grad, 4 * w) and torch.allclose(w.grad, 4 * x)
    assert torch.allclose(only_asked(f, x), 2 * w)
    assert torch.allclose(w.grad, 4 * x)  # nothing was added up
    outside(f, x).backward()
    assert torch.allclose(w.grad, 6 * x)


def test_a_tensor_in_the_middle_of_a_graph(defined):
    source = """
import torch
def inside(y, f):
    (y * f(y)).sum().backward()
"""
    inside = defined(source, "inside")
    (x,) = leaves(3)
    inside(x.exp(), lambda y: y.sin())
    (again,) = leaves(3)
    y = again.exp()
    (y * y.sin()).sum().backward()
    assert torch.allclose(x.grad, again.grad)


def test_a_leaf_that_an_object_keeps_is_reached_later(defined):
    source = """
class Keeper:
    def __init__(self, x):
        self.x = x
    def times(self, y):
        return self.x * y
"""
    x, y = leaves(2, 2)
    keeper = defined(source, "Keeper")(x)
    keeper.times(y).sum().backward()
    assert torch.allclose(x.grad, y) and torch.allclose(y.grad, x)


def test_the_mode_of_recording_goes_over_and_comes_back(defined):
    source = """
import torch
def ask(f):
    with torch.no_grad():
        inside = f()
    with torch.inference_mode():
        inference = f()
    return f(), inside, inference
def switch_off():
    torch.set_grad_enabled(False)
"""
    ask, switch_off = defined(source, "ask", "switch_off")
    assert ask(torch.is_grad_enabled) == (True, False, False)
    assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
    with torch.no_grad():
        assert ask(torch.is_grad_enabled) == (False, False, False)
    switch_off()
    assert not torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    assert ask(torch.is_grad_enabled)[0]


class Kept:
    """Counts how many graphs are alive."""

    now = 0


class Keep(torch.autograd.Function):
    """Passes a tensor on, and keeps something for the backward pass."""

    @staticmethod
    def forward(ctx, x):
        copy = x.clone()
        copy.alive = Alive()
        ctx.save_for_backward(copy)
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient + 0 * ctx.saved_tensors[0]


class Alive:
    """Something that a graph keeps."""

    def __init__(self):
        Kept.now += 1

    def __del__(self):
        Kept.now -= 1


@pytest.mark.parametrize(
    ("body", "most"),
    [
        ("f(part).sum().backward()", 1),
        ("f(part)", 1),
        ("kept.append(f(part))", 4),
        ("kept.append(checkpoint(f, part, use_reentrant=False))", 1),
    ],
)
def test_a_graph_lives_here_as_long_as_it_is_needed_there(defined, body, most):
    source = f"""
from torch.utils.checkpoint import checkpoint
def go(f, parts):
    kept = []
    for part in parts:
        {body}
    if kept:
        sum(part.sum() for part in kept).backward()
"""
    (w,) = leaves(2)
    seen = []

    def f(part):
        result = Keep.apply(part * w)
        seen.append(Kept.now)
        return result

    gc.collect()
    before = Kept.now
    defined(source, "go")(f, list(torch.ones(4, 2, dtype=torch.float64)))
    assert max(seen) - before == most
    del f
    defined(SAME, "same")(1)
    gc.collect()
    assert Kept.now == before


def test_second_derivatives_do_not_cross_and_say_so(defined):
    f = defined("def f(x):\n    return x.pow(3).sum()", "f")
    (x,) = leaves(2)
    with pytest.raises(RuntimeError, match="second derivatives"):
        torch.autograd.grad(f(x), x, create_graph=True)
