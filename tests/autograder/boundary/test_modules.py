"""Modules come through a call: torch's own as they are, others as stand-ins."""

import copy

import pytest
import torch
from torch import Tensor, nn

SAME = "def same(value):\n    return value"
LAYERS = [
    nn.Linear(3, 2),
    nn.Linear(3, 2, bias=False).double(),
    nn.Conv2d(3, 4, 2, padding="same"),
    nn.LayerNorm(3),
    nn.BatchNorm1d(3),
    nn.Embedding(5, 3, padding_idx=0),
    nn.MultiheadAttention(4, 2, batch_first=True),
    nn.Sequential(nn.Linear(3, 3), nn.GELU(), nn.Dropout(0.3)),
    nn.ModuleList([nn.Identity()]),
    nn.TransformerEncoderLayer(4, 2, 8),
    nn.LSTM(3, 2),
]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_a_layer_of_torch_is_one_there(defined, layer):
    source = """
from torch import nn
def look(layer):
    kinds = [kind for kind in vars(nn).values() if isinstance(kind, type)]
    return (
        sorted({kind.__name__ for kind in kinds if isinstance(layer, kind)}),
        {name: p.tolist() for name, p in layer.named_parameters()},
        [(name, p.requires_grad) for name, p in layer.named_parameters()],
        list(layer.state_dict()),
        [type(part).__name__ for part in layer.modules()],
    )
"""
    look = defined(source, "look")
    kinds = [kind for kind in vars(nn).values() if isinstance(kind, type)]
    names, numbers, needs, state, parts = look(layer)
    assert names == sorted({kind.__name__ for kind in kinds if isinstance(layer, kind)})
    assert numbers == {name: p.tolist() for name, p in layer.named_parameters()}
    assert needs == [(name, p.requires_grad) for name, p in layer.named_parameters()]
    assert state == list(layer.state_dict())
    assert parts == [type(part).__name__ for part in layer.modules()]
    assert defined(SAME, "same")(layer) is layer


def test_a_layer_that_comes_back_is_a_real_one_over_the_same_memory(defined):
    source = """
from torch import nn
def make(conv):
    linear = nn.Linear(4, 1)
    linear.weight = nn.Parameter(conv.weight.detach().view(1, 4))
    linear.bias = conv.bias
    return linear
"""
    conv = nn.Conv2d(1, 1, 2)
    linear = defined(source, "make")(conv)
    assert type(linear) is nn.Linear and linear.in_features == 4
    assert linear.bias is conv.bias
    assert linear.weight.is_leaf and linear.weight.requires_grad
    with torch.no_grad():
        linear.weight.add_(1)
    assert torch.equal(linear.weight.view(1, 1, 2, 2), conv.weight)


class Scaled(nn.Module):
    """A module of the tests, with parameters, a buffer, a part and more."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.full((2,), 3.0))
        self.register_buffer("shift", torch.ones(2))
        self.part = nn.Linear(2, 2)
        self.push = 1.0
        self.seen = []

    def forward(self, x: Tensor, *, twice: bool = False) -> Tensor:
        self.seen.append((self.training, torch.is_grad_enabled()))
        result = self.part(x) * self.scale * self.push + self.shift
        return 2 * result if twice else result

    def embed(self, ids: Tensor) -> Tensor:
        return self.scale[ids]


def test_a_module_of_the_tests_is_called_here(defined):
    source = """
import torch
from torch import nn
def use(model, x):
    assert isinstance(model, nn.Module) and type(model).__name__ == "Scaled"
    model.eval()
    with torch.no_grad():
        quiet = model(x, twice=True)
    model.train()
    whole = nn.Sequential(model, nn.Identity())
    return quiet, whole(x), model.embed(torch.tensor([0, 1])), model.push
"""
    model, x = Scaled(), torch.ones(1, 2)
    quiet, loud, embedded, push = defined(source, "use")(model, x)
    assert model.seen == [(False, False), (True, True)]
    assert torch.allclose(quiet, 2 * loud) and push == 1.0
    assert torch.equal(embedded, model.scale)
    loud.sum().backward()
    assert model.scale.grad is not None and model.part.weight.grad is not None


def test_training_there_trains_here(defined):
    source = """
import torch
def train(model, optimizer, x):
    optimizer.zero_grad()
    loss = model(x).square().mean()
    loss.backward()
    optimizer.step()
    return loss.item()
def train_by_itself(model, x):
    loss = model(x).square().mean()
    names, parameters = zip(*model.named_parameters())
    gradients = torch.autograd.grad(loss, parameters)
    with torch.no_grad():
        for parameter, gradient in zip(parameters, gradients):
            parameter -= 0.1 * gradient
    model.shift.zero_()
"""
    train, by_itself = defined(source, "train", "train_by_itself")
    model, x = Scaled(), torch.randn(4, 2)
    mirror = copy.deepcopy(model)
    ours = torch.optim.AdamW(mirror.parameters(), lr=0.1)
    theirs = torch.optim.AdamW(model.parameters(), lr=0.1)
    for _ in range(3):
        ours.zero_grad()
        loss = mirror(x).square().mean()
        loss.backward()
        ours.step()
        assert train(model, theirs, x) == pytest.approx(loss.item(), rel=1e-6)
    for one, other in zip(model.parameters(), mirror.parameters(), strict=True):
        assert torch.allclose(one, other)
    before = model.scale.clone()
    by_itself(model, x)
    assert not torch.equal(model.scale, before) and not model.shift.any()


def test_modes_and_frozen_parameters_come_back_one_by_one(defined):
    source = """
def change(model):
    model.part.eval()
    for parameter in model.part.parameters():
        parameter.requires_grad = False
    model.push = -2.0
    model.note = "seen"
    model.scale.grad = model.scale.detach() * 0 + 5
"""
    model = Scaled()
    defined(source, "change")(model)
    assert model.training and not model.part.training
    assert [p.requires_grad for p in model.parameters()] == [True, False, False]
    assert model.push == -2.0 and model.scale.grad.tolist() == [5, 5]


def test_parameters_keep_their_identity(defined):
    source = """
def groups(model):
    kinds = {True: [], False: []}
    for parameter in model.parameters():
        kinds[parameter.ndim > 1].append(parameter)
    copy = kinds[False][0].clone()
    return [{"params": kinds[True]}, {"params": [*kinds[False], copy]}]
"""
    model = Scaled()
    large, small = defined(source, "groups")(model)
    assert large["params"][0] is model.part.weight
    assert small["params"][0] is model.scale and small["params"][1] is model.part.bias
    assert small["params"][2] is not model.scale


def test_a_copy_of_a_module_is_another_one(defined):
    source = """
import copy
def twice(model, x):
    other = copy.deepcopy(model).eval()
    with __import__("torch").no_grad():
        other.scale.zero_()
    return model(x), other(x)
"""
    model = Scaled()
    mine, other = defined(source, "twice")(model, torch.zeros(1, 2))
    assert model.training and model.scale.tolist() == [3, 3]
    assert other.tolist() == [[1, 1]] and mine.tolist() != [[1, 1]]


def test_hooks_of_the_tests_are_called(defined):
    layer, seen = nn.Linear(2, 2), []
    layer.register_forward_hook(lambda *_: seen.append(1))
    defined("def use(layer, x):\n    return layer(x)", "use")(layer, torch.ones(2))
    assert seen == [1]


STUDENTS = """
import torch
from torch import nn
class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 2)
    def half(self, x):
        return self.inner(x) / 2
class Own(Base):
    def __init__(self, bridge):
        super().__init__()
        self.bridge = bridge
        self.own = nn.Parameter(torch.ones(2))
        for parameter in bridge.parameters():
            parameter.requires_grad_(False)
    def forward(self, x):
        return self.bridge(self.inner(x)) * self.own
    def train(self, mode=True):
        super().train(mode)
        self.bridge.eval()
        return self
"""


def test_a_module_of_the_students(defined):
    own = defined(STUDENTS, "Own")
    bridge = Scaled()
    model = own(bridge)
    assert isinstance(model, nn.Module) and not any(
        p.requires_grad for p in bridge.parameters()
    )
    assert model.train() is model and model.training and not bridge.training
    assert model.eval() is model and not model.training
    trained = {id(p) for p in model.parameters() if p.requires_grad}
    assert {id(p) for p in bridge.parameters()} < {id(p) for p in model.parameters()}
    assert not trained & {id(p) for p in bridge.parameters()}
    with torch.no_grad():
        model.inner.weight.copy_(torch.eye(2))
        model.inner.bias.zero_()
        model.own.fill_(4)
    x = torch.ones(1, 2)
    assert torch.allclose(model(x), 4 * bridge(x))
    assert torch.equal(model.half(x), x / 2)
    model(x).sum().backward()
    assert model.own.grad is not None and model.inner.weight.grad is not None
    assert bridge.scale.grad is None


def test_a_class_that_both_ends_have_is_recognised(defined):
    class Base(nn.Module):
        pass

    Base.__qualname__ = "Base"
    own = defined(STUDENTS, "Own", classes={"Base": Base})
    assert isinstance(own(nn.Identity()), Base)


def test_patched_stand_ins_stay_where_they_are(defined):
    source = """
def patch(model):
    model.train = lambda mode=True: model
    model.train(False)
    return model.training
"""
    model = Scaled()
    assert defined(source, "patch")(model) is True
    assert model.training and "train" not in vars(model)
