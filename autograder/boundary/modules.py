"""Modules of torch at the boundary.

A layer of torch itself is built a second time at the other end, over the same tensors.
A module of a class that the other end doesn't have is called where it is; its stand-in
is a module as well, with the same parameters, buffers and parts.
"""

import copy
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import nn

from autograder.boundary.errors import BoundaryBroken
from autograder.boundary.extension import Extension
from autograder.boundary.proxies import shown

if TYPE_CHECKING:
    from autograder.boundary.codec import Codec

# what a module keeps of its own, and what is written apart
INTERNAL = {"_parameters", "_buffers", "_modules", "_non_persistent_buffers_set"}
INTERNAL |= {name for name in vars(nn.Module()) if name.startswith("_")}
INTERNAL |= {"training", "_codec", "_number", "_shown"}
SIMPLE = (type(None), bool, int, float, str, torch.dtype, torch.device)


class RemoteModule(nn.Module):
    """Stands for a module at the other end, and shares its tensors."""

    def forward(self, *args, **kwargs):
        """Call the module at the other end."""
        return self._codec.peer.call(self._number, "", args, kwargs)

    def train(self, mode: bool = True) -> "RemoteModule":
        """Change the mode of the module at the other end, as it does that itself."""
        return self._codec.peer.request("train", number=self._number, mode=mode)

    def __getattr__(self, name: str) -> object:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name.startswith("_"):
                raise
        return self._codec.peer.get(self._number, name)

    def __deepcopy__(self, memo: dict) -> nn.Module:
        return self._codec.peer.request("copy", number=self._number)

    def __repr__(self) -> str:
        return self._shown


class Modules(Extension):
    """Writes and reads modules."""

    def __init__(self, codec: "Codec"):
        super().__init__(codec)
        self.readers = {"module": self._read_module, "layer": self._read_layer}
        self.operations = {"train": self._train, "copy": self._copy}

    def encode(self, value: object) -> list | None:
        """Write a module; `None` for anything else."""
        if not isinstance(value, nn.Module):
            return None
        number = self.codec.share(value, keeper=self)
        kind = self._class_of(value)
        if kind is not None:
            written = ["layer", number, kind]
        else:
            handle = self.codec.handles.give(value)
            written = ["module", number, handle, type(value).__name__, shown(value)]
            written += [self._known_base(value), overridden(type(value))]
        self.codec.shared.keep_state(number, self._state(value))
        return [*written, *map(self.codec.encode, self._parts(value))]

    def _class_of(self, value: nn.Module) -> list | None:
        """Name the class of a module that can be built a second time."""
        own = {name: part for name, part in vars(value).items() if name not in INTERNAL}
        hooks = any(
            getattr(value, name) for name in INTERNAL if name.endswith("_hooks")
        )
        if hooks or not all(map(is_simple, own.values())):
            return None
        kind = type(value)
        if kind.__module__.startswith("torch.nn.modules."):
            return ["name", kind.__module__, kind.__qualname__]
        if self.codec.classes.get(kind.__qualname__) is kind:
            return ["class", kind.__qualname__]
        return None

    def _known_base(self, value: nn.Module) -> list | None:
        """Name the nearest class of a module that the other end has, too."""
        for kind in type(value).__mro__[: -len(nn.Module.__mro__)]:
            if self.codec.classes.get(kind.__qualname__) is kind:
                return ["class", kind.__qualname__]
            if kind.__module__.startswith("torch.nn.modules."):
                return ["name", kind.__module__, kind.__qualname__]
        return None

    def _parts(self, value: nn.Module) -> list:
        """List all that both ends have of a module."""
        simple = simple_parts(value)
        persistent = sorted(set(value._buffers) - value._non_persistent_buffers_set)
        groups = value._parameters, value._buffers, value._modules, simple
        return [
            value.training,
            tuple(persistent),
            *(
                tuple(pair for item in group.items() for pair in item)
                for group in groups
            ),
        ]

    def _state(self, value: nn.Module) -> list:
        """List the same, to be compared part by part."""
        groups = value._parameters, value._buffers, value._modules
        state = [part for group in groups for part in group.values()]
        state += [name for group in groups for name in group]
        return [*state, *simple_parts(value).values(), value.training]

    def change(self, number: int, value: nn.Module) -> list | None:
        """Write what a module consists of, if that has changed."""
        old, new = self.codec.shared.state(number), self._state(value)
        if len(old) == len(new) and all(map(operator.is_, old, new)):
            return None
        self.codec.shared.keep_state(number, new)
        return list(map(self.codec.encode, self._parts(value)))

    def apply(self, number: int, value: nn.Module, *change) -> None:
        """Let a module consist of what it consists of at the other end."""
        self._fill(value, *map(self.codec.decode, change))
        self.codec.shared.keep_state(number, self._state(value))

    def _fill(self, value, training, persistent, parameters, buffers, modules, simple):
        """Set the parts of a module."""
        value.training = bool(training)
        for target, parts, kind in (
            (value._parameters, parameters, nn.Parameter),
            (value._buffers, buffers, torch.Tensor),
            (value._modules, modules, nn.Module),
        ):
            pairs = dict(zip(parts[::2], parts[1::2], strict=True))
            if not all(
                part is None or isinstance(part, kind) for part in pairs.values()
            ):
                raise TypeError("a part of a module is of another kind")
            target.clear()
            target.update(pairs)
        value._non_persistent_buffers_set = set(buffers[::2]) - set(persistent)
        for name, part in zip(simple[::2], simple[1::2], strict=True):
            if not is_simple(part) or name in INTERNAL or name.startswith("__"):
                raise TypeError("an attribute of a module is of another kind")
            value.__dict__[name] = part

    def _read_layer(self, number: int, kind: list, *parts) -> nn.Module:
        kind = self.codec.decode(kind)
        value = kind.__new__(kind)
        nn.Module.__init__(value)
        return self._finish(number, value, parts)

    def _read_module(
        self, number, handle, name, shown, base, methods, *parts
    ) -> nn.Module:
        members = {method: remote_method(method) for method in methods}
        if base is not None:  # so that isinstance tells what it would tell there
            base = self.codec.decode(base)
            members["__class__"] = property(lambda self: base)
        kind = type(name if name.isidentifier() else "Module", (RemoteModule,), members)
        value = kind()
        value.__dict__ |= {"_codec": self.codec, "_number": handle, "_shown": shown}
        self.codec.handles.add_proxy(handle, value)
        return self._finish(number, value, parts)

    def _finish(self, number: int, value: nn.Module, parts: tuple) -> nn.Module:
        """Fill a new module, which both ends know from now on."""
        self.codec.share(value, number, keeper=self)
        self._fill(value, *map(self.codec.decode, parts))
        self.codec.shared.keep_state(number, self._state(value))
        return value

    def _train(self, number: int, mode: bool) -> object:
        """Change the mode of an own module."""
        return self._own(number).train(mode)

    def _copy(self, number: int) -> nn.Module:
        """Copy an own module, with everything that it consists of."""
        return copy.deepcopy(self._own(number))

    def _own(self, number: int) -> nn.Module:
        """Give an own module."""
        value = self.codec.peer._own(number)
        if not isinstance(value, nn.Module):
            raise BoundaryBroken(f"{number} is no module")
        return value


def simple_parts(value: nn.Module) -> dict[str, object]:
    """Give the attributes of a module that are sent as they are."""
    return {
        name: part
        for name, part in vars(value).items()
        if name not in INTERNAL and is_simple(part)
    }


def overridden(kind: type) -> list[str]:
    """List the methods of torch's modules that a class has replaced by its own."""
    return [
        name
        for name, value in vars(nn.Module).items()
        if not name.startswith("_")
        and callable(value)
        and name not in ("forward", "train")
        and getattr(kind, name) is not value
    ]


def remote_method(name: str) -> Callable:
    """Make a method that calls the one at the other end."""
    if name.startswith("_") or not hasattr(nn.Module, name):
        raise LookupError(name)

    def method(self, *args, **kwargs):
        return self._codec.peer.get(self._number, name)(*args, **kwargs)

    return method


def is_simple(value: object) -> bool:
    """Tell whether an attribute of a module is sent as it is."""
    if type(value) in (tuple, list, torch.Size):
        return all(map(is_simple, value))
    return type(value) in SIMPLE
