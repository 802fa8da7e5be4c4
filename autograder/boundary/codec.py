"""How values are written into messages, and read from them."""

import enum
import operator
import sys
import types
from collections.abc import Callable
from typing import TYPE_CHECKING

from autograder.boundary import containers, values
from autograder.boundary.errors import CannotCrossError
from autograder.boundary.extension import Extension
from autograder.boundary.names import find_name, name_of
from autograder.boundary.proxies import (
    FUNCTIONS,
    methods_of,
    remote_function,
    remote_object,
    shown,
)
from autograder.boundary.registry import Handles, Registry

if TYPE_CHECKING:
    from autograder.boundary.peer import Peer


class Text(str):
    """A text whose class had a hash of its own at the other end."""

    def __hash__(self) -> int:
        return self.hash


class Codec:
    """Writes and reads the values of one end, and what has changed in them.

    Args:
        peer: the end.
        classes: those that both ends have defined by the same text.
    """

    def __init__(self, peer: "Peer", classes: dict[str, type]):
        first = 2 if peer.examiner else 3
        self.peer, self.classes = peer, classes
        self.shared, self.handles = Registry(first), Handles(first)
        self._attached: list[bytes] = []
        self._added: list[int] = []
        self._received: list[bytes] = []
        self.interruption: Exception | None = None  # of whom made the request
        self.extensions = self._load_extensions()
        self.readers: dict[str, Callable[..., object]] = {
            "int": lambda text: int(text, 16),
            "tuple": lambda *parts: tuple(map(self.decode, parts)),
            "frozenset": lambda *parts: frozenset(map(self.decode, parts)),
            "slice": lambda *parts: slice(*map(self.decode, parts)),
            "text": self._read_text,
            "ref": self._read_shared,
            "own": lambda number: self.peer._own(number),
            "container": self._read_container,
            "record": self._read_record,
            "named": self._read_named,
            "member": lambda kind, name: self.classes[kind][name],
            "class": lambda kind: self.classes[kind],
            "name": find_name,
            "function": self._read_function,
            "object": self._read_object,
        }
        for extension in self.extensions:
            self.readers |= extension.readers

    def _load_extensions(self) -> list[Extension]:
        """Load what handles arrays and tensors, where there are such libraries."""
        extensions = []
        if "numpy" in sys.modules:
            from autograder.boundary.arrays import Arrays

            extensions.append(Arrays(self))
        if "torch" in sys.modules:
            from autograder.boundary.modules import Modules
            from autograder.boundary.tensors import Tensors

            extensions += [Tensors(self), Modules(self)]
        return extensions

    def add_operations(self, operations: dict[str, Callable]) -> None:
        """Add what the other end may ask of the extensions."""
        for extension in self.extensions:
            operations |= extension.operations

    def end_scope(self) -> None:
        """Forget the containers of a call that is over."""
        self.shared.end_scope()
        for extension in self.extensions:
            extension.end_scope()

    # messages

    def write(self, fields: dict[str, object]) -> dict:
        """Write named values, and all changes since the last message.

        Raises:
            CannotCrossError: one of them can't be handed over.
        """
        self._attached, self._added = [], []
        try:
            message = {
                "fields": {name: self.encode(value) for name, value in fields.items()},
                "changed": self._changes(),
            }
        except (CannotCrossError, RecursionError) as error:
            for number in self._added:  # the other end won't hear of them
                self.shared.forget(number)
            raise CannotCrossError(str(error)) from error
        message["lost"], self.shared.lost = self.shared.lost, []
        message["released"], self.handles.released = self.handles.released, []
        for extension in self.extensions:
            message |= extension.news()
        return message

    def read(self, message: dict, attached: list[bytes]) -> dict[str, object]:
        """Read named values, and apply what has changed at the other end."""
        self._received = attached
        for number in message["lost"]:
            self.shared.forget(number)
        for number in message["released"]:
            self.handles.release(number)
        for extension in self.extensions:
            extension.take_news(message)
        fields = {name: self.decode(part) for name, part in message["fields"].items()}
        for number, *change in message["changed"]:
            value = self.shared.get(number)
            if value is not None:
                self.shared.keeper(number).apply(number, value, *change)
        return fields

    def attach(self, data: bytes) -> int:
        """Attach bytes to the message that is written, and give their place."""
        self._attached.append(data)
        return len(self._attached) - 1

    def take_attached(self) -> list[bytes]:
        """Give what was attached to the message."""
        attached, self._attached = self._attached, []
        return attached

    def attached(self, place: int) -> bytes:
        """Give the bytes at a place of the message that is read."""
        return self._received[place]

    def share(self, value: object, number: int | None = None, keeper=None) -> int:
        """Let both ends know an object, by a new number or by the other end's.

        Args:
            value: the object.
            number: that the other end has given it.
            keeper: the extension that notices changes; none for containers.
        """
        if number is None:
            number = self.shared.new_number()
            self._added.append(number)
        self.shared.add(number, value, keeper or self)
        return number

    # changes

    def _changes(self) -> list:
        """List what has changed in the objects that both ends know."""
        changes = []
        for number, value, keeper in self.shared.live():
            change = keeper.change(number, value)
            if change is not None:
                changes.append([number, *change])
        return changes

    def change(self, number: int, value: object) -> list | None:
        """Write what is in a container now; `None` if nothing has changed."""
        parts = containers.parts_of(value)
        state = self.shared.state(number)
        if len(parts) == len(state) and all(map(operator.is_, parts, state)):
            return None
        self.shared.keep_state(number, parts)
        return list(map(self.encode, parts))

    def apply(self, number: int, value: object, *change) -> None:
        """Put into a container what is in it at the other end."""
        parts = list(map(self.decode, change))
        containers.fill(value, parts)
        self.shared.keep_state(number, containers.parts_of(value))

    # values

    def encode(self, value: object) -> object:
        """Write a value as JSON.

        Raises:
            CannotCrossError: it is of a kind that can't be handed over.
        """
        kind = type(value)
        if value is None or kind is bool or kind is str or kind is float:
            return value
        if kind is int:
            return values.write_integer(value)
        if kind in values.KINDS:
            return [kind.__name__, *values.KINDS[kind].write(value)]
        number = self.handles.proxy_number(value)
        if number is not None:
            return ["own", number]
        number = self.shared.number_of(value)
        if number is not None:
            return ["ref", number]
        for extension in self.extensions:
            written = extension.encode(value)
            if written is not None:
                return written
        return self._encode_structure(value)

    def _encode_structure(self, value: object) -> list:
        """Write a value that consists of others, or a function, or an object."""
        if isinstance(value, tuple):
            name = self._class_name(type(value))
            kind = ["named", name] if name else ["tuple"]
            return [*kind, *map(self.encode, tuple.__iter__(value))]
        if isinstance(value, frozenset):
            return ["frozenset", *map(self.encode, value)]
        if isinstance(value, slice):
            parts = value.start, value.stop, value.step
            return ["slice", *map(self.encode, parts)]
        if isinstance(value, enum.Enum) and (name := self._class_name(type(value))):
            return ["member", name, value.name]
        if isinstance(value, str):
            own = type(value).__hash__ not in (str.__hash__, None)
            return ["text", str.__str__(value), hash(value) if own else None]
        if isinstance(value, float):
            return float.__float__(value)
        if isinstance(value, int):
            return values.write_integer(int.__int__(value))
        if containers.container_kind(value) is not None:
            return self._encode_container(value)
        if containers.is_record(value) and (name := self._class_name(type(value))):
            return ["record", name, *self._encode_parts(value)]
        return self._encode_object(value)

    def _encode_container(self, value: object) -> list:
        """Write a container, which both ends know from now on."""
        kind = containers.container_kind(value)
        return ["container", kind.__name__, *self._encode_parts(value)]

    def _encode_parts(self, value: object) -> list:
        """Write number and parts of a container or of a record."""
        number, parts = self.share(value), containers.parts_of(value)
        self.shared.keep_state(number, parts)
        return [number, *map(self.encode, parts)]

    def _encode_object(self, value: object) -> list:
        """Write a function, a class or an object, which stays where it is."""
        if isinstance(value, types.ModuleType):
            raise CannotCrossError(f"the module {value.__name__} can't be handed over")
        if isinstance(value, type) and (name := self._class_name(value)):
            return ["class", name]
        if isinstance(value, FUNCTIONS):
            if name := name_of(value):
                return ["name", *name]
            name = getattr(value, "__name__", "function")
            return ["function", self.handles.give(value), name]
        return [
            "object",
            self.handles.give(value),
            type(value).__name__,
            methods_of(value),
            shown(value),
        ]

    def _class_name(self, kind: type) -> str | None:
        """Give the name of a class that both ends have defined."""
        name = kind.__qualname__
        return name if self.classes.get(name) is kind else None

    def decode(self, written: object) -> object:
        """Read a value."""
        if not isinstance(written, list):
            return written
        kind, *parts = written
        if kind in self.readers:
            return self.readers[kind](*parts)
        return values.KINDS[values.NAMES[kind]].read(*parts)

    def _read_text(self, text: str, own_hash: int | None) -> str:
        if own_hash is None or self.peer.examiner:
            return text
        read = Text(text)
        read.hash = own_hash
        return read

    def _read_shared(self, number: int) -> object:
        value = self.shared.get(number)
        if value is None:
            raise LookupError(f"nothing is known by the number {number}")
        return value

    def _read_container(self, kind: str, number: int, *parts) -> object:
        value = containers.NAMES[kind]()
        self.share(value, number)
        containers.fill(value, list(map(self.decode, parts)))
        self.shared.keep_state(number, containers.parts_of(value))
        return value

    def _read_record(self, name: str, number: int, *parts) -> object:
        kind = self.classes[name]
        value = object.__new__(kind)
        self.share(value, number)
        containers.fill_fields(value, list(map(self.decode, parts)))
        self.shared.keep_state(number, containers.parts_of(value))
        return value

    def _read_named(self, name: str, *parts) -> tuple:
        return tuple.__new__(self.classes[name], map(self.decode, parts))

    def _read_function(self, number: int, name: str) -> Callable:
        proxy = self.handles.proxy(number)
        if proxy is None:
            proxy = remote_function(self.peer, number, name)
            self.handles.add_proxy(number, proxy)
        return proxy

    def _read_object(self, number: int, *described) -> object:
        proxy = self.handles.proxy(number)
        if proxy is None:
            proxy = remote_object(self.peer, number, *described)
            self.handles.add_proxy(number, proxy)
        return proxy
