"""Values that never change: how each kind is written as JSON.

What JSON has, it is: `None`, truth values, texts, numbers. Everything else is a list
that begins with the name of its kind.
"""

import base64
import datetime
import decimal
import fractions
import pathlib
import re
from collections.abc import Callable
from typing import NamedTuple

EXACT = 2**53  # integers below it are themselves in JSON, for every reader


class Kind(NamedTuple):
    """How values of one class are written and read."""

    write: Callable[[object], list]
    read: Callable[..., object]


def write_bytes(data: bytes) -> list:
    """Write bytes as text."""
    return [base64.b64encode(data).decode()]


def written_as(*names: str) -> Callable[[object], list]:
    """Write a value as some of its attributes."""
    return lambda value: [getattr(value, name) for name in names]


KINDS: dict[type, Kind] = {
    bytes: Kind(write_bytes, base64.b64decode),
    complex: Kind(written_as("real", "imag"), complex),
    range: Kind(written_as("start", "stop", "step"), range),
    type(...): Kind(lambda _: [], lambda: ...),
    type(NotImplemented): Kind(lambda _: [], lambda: NotImplemented),
    fractions.Fraction: Kind(lambda value: [str(value)], fractions.Fraction),
    decimal.Decimal: Kind(lambda value: [str(value)], decimal.Decimal),
    datetime.timedelta: Kind(
        written_as("days", "seconds", "microseconds"), datetime.timedelta
    ),
    datetime.datetime: Kind(
        lambda value: [value.isoformat()], datetime.datetime.fromisoformat
    ),
    datetime.date: Kind(lambda value: [value.isoformat()], datetime.date.fromisoformat),
    datetime.time: Kind(lambda value: [value.isoformat()], datetime.time.fromisoformat),
    pathlib.PosixPath: Kind(lambda value: [str(value)], pathlib.Path),
    pathlib.PurePosixPath: Kind(lambda value: [str(value)], pathlib.PurePosixPath),
    re.Pattern: Kind(lambda value: [value.pattern, value.flags], re.compile),
}
NAMES = {kind.__name__: kind for kind in KINDS}


def write_integer(number: int) -> object:
    """Write an integer, large ones in hexadecimal: Python limits decimals."""
    return number if -EXACT < number < EXACT else ["int", hex(number)]
