"""Stand-ins for functions and objects of the other process."""

import types
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.boundary.peer import Peer

SHOWN = 200  # most characters that are sent of how an object shows itself
FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.MethodWrapperType,
    type,
)
# Methods that Python's own syntax calls, and that a stand-in passes on if the object
# has them. Comparisons, hashes and truth values are not among them: a stand-in is equal
# to itself alone, whatever the other process would like to say.
PASSED_ON = (
    "__call__",
    "__len__",
    "__iter__",
    "__next__",
    "__getitem__",
    "__setitem__",
    "__contains__",
    "__enter__",
    "__exit__",
    "__float__",
    "__int__",
    "__index__",
)


def methods_of(value: object) -> list[str]:
    """List the methods of an object that its stand-in will have."""
    return [name for name in PASSED_ON if hasattr(type(value), name)]


def remote_function(peer: "Peer", number: int, name: str) -> Callable:
    """Make a function that calls one at the other end."""

    def call(*args, **kwargs):
        return peer.call(number, "", args, kwargs)

    call.__name__ = call.__qualname__ = name if name.isidentifier() else "function"
    return call


class RemoteObject:
    """Stands for an object at the other end."""

    def __init__(self, peer: "Peer", number: int, shown: str):
        self.__dict__ |= {"_peer": peer, "_number": number, "_shown": shown}

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._peer.get(self._number, name)

    def __repr__(self) -> str:
        return self._shown


def remote_object(peer: "Peer", number: int, kind: str, methods: list[str], shown: str):
    """Make a stand-in whose class has the name and the methods of the object's own."""

    def passing_on(method: str) -> Callable:
        def pass_on(self, *args, **kwargs):
            return peer.call(number, method, args, kwargs)

        return pass_on

    members = {name: passing_on(name) for name in methods if name in PASSED_ON}
    if "__iter__" in members and "__next__" in members:
        members["__iter__"] = lambda self: self
    name = kind if kind.isidentifier() else "object"
    return type(name, (RemoteObject,), members)(peer, number, shown)


def shown(value: object) -> str:
    """Give how an object shows itself, within limits."""
    try:
        return repr(value)[:SHOWN]
    except Exception:
        return f"<{type(value).__name__}>"
