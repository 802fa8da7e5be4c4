"""Containers that may change while both ends hold them, and how each kind is filled."""

import dataclasses
from collections import Counter, OrderedDict, defaultdict, deque


def pairs(mapping: dict) -> list:
    """List keys and values in turn."""
    kind = OrderedDict if isinstance(mapping, OrderedDict) else dict
    return [part for pair in kind.items(mapping) for part in pair]


def fill_list(target, parts: list) -> None:
    """Give a list or a deque other elements."""
    target.clear()
    target.extend(parts)


def fill_mapping(target: dict, parts: list) -> None:
    """Give a dictionary other keys and values."""
    kind = OrderedDict if isinstance(target, OrderedDict) else dict
    kind.clear(target)
    for key, value in zip(parts[::2], parts[1::2], strict=True):
        kind.__setitem__(target, key, value)


def fill_set(target: set, parts: list) -> None:
    """Give a set other elements."""
    target.clear()
    target.update(parts)


def fill_bytes(target: bytearray, parts: list) -> None:
    """Give a bytearray other bytes."""
    target[:] = bytes(parts)


def fields(value: object) -> list:
    """List names and values of an object's attributes in turn."""
    return pairs(vars(value))


def fill_fields(target: object, parts: list) -> None:
    """Give an object other attributes."""
    fill_mapping(vars(target), parts)


LISTS = (list, fill_list)
MAPPINGS = (pairs, fill_mapping)
KINDS = {
    list: LISTS,
    deque: LISTS,
    dict: MAPPINGS,
    OrderedDict: MAPPINGS,
    defaultdict: MAPPINGS,
    Counter: MAPPINGS,
    set: (list, fill_set),
    bytearray: (list, fill_bytes),
}
NAMES = {kind.__name__: kind for kind in KINDS}


def container_kind(value: object) -> type | None:
    """Give the container class that a value is sent as, its own or the nearest."""
    return next((kind for kind in type(value).__mro__ if kind in KINDS), None)


def parts_of(value: object) -> list:
    """List what is in a container, or in a data class."""
    kind = container_kind(value)
    return KINDS[kind][0](value) if kind else fields(value)


def fill(target: object, parts: list) -> None:
    """Give a container other contents, in place."""
    kind = container_kind(target)
    (KINDS[kind][1] if kind else fill_fields)(target, parts)


def is_record(value: object) -> bool:
    """Tell whether a value is of a data class that keeps its fields as attributes."""
    return dataclasses.is_dataclass(value) and hasattr(value, "__dict__")
