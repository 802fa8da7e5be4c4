"""What goes wrong at the boundary, and how an error crosses it."""

import builtins
import traceback


class BoundaryBroken(BaseException):
    """The other process has ended, or doesn't keep to the protocol.

    No `Exception` on purpose: a test that expects its student to raise one must not
    take the end of the student's process for it.
    """


class CannotCrossError(TypeError):
    """A value of this kind can't be handed to the other process."""


def describe(error: BaseException) -> dict:
    """Describe an error for the other end."""
    names = [kind.__name__ for kind in type(error).__mro__]
    return {
        "name": type(error).__name__,
        "bases": [name for name in names if is_builtin_error(name)],
        "trace": trace_of(error),
    }


def arguments(error: BaseException) -> tuple:
    """Give what an error is made of, or its message, if that is too much."""
    return error.args if all(map(is_simple, error.args)) else (text(error),)


def text(error: BaseException) -> str:
    """Give the message of an error, whatever its class does to make it."""
    try:
        return str(error)
    except Exception:
        return ""


def is_simple(value: object) -> bool:
    """Tell whether an argument of an error crosses as it is."""
    return value is None or type(value) in (bool, int, float, str, bytes)


def trace_of(error: BaseException) -> list[str]:
    """Format an error with the frames of its own process."""
    try:
        return traceback.format_exception(error, limit=-20)
    except Exception:  # an error whose own methods fail
        return [f"{type(error).__name__}\n"]


def is_builtin_error(name: str) -> bool:
    """Tell whether an error of this name is one of Python's own."""
    kind = getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, Exception)


def rebuild(name: str, bases: list[str], args: tuple) -> Exception:
    """Make an error of the builtin class that is nearest to the one at the other end.

    One that is no `Exception` there, such as `SystemExit`, becomes a `RuntimeError`
    of that name: it may end the other process, not this one.
    """
    nearest = next((base for base in bases if is_builtin_error(base)), "RuntimeError")
    kind = getattr(builtins, nearest)
    if name != nearest and name.isidentifier():
        kind = type(name, (kind,), {})
    try:
        return kind(*args)
    except Exception:  # UnicodeError, say, wants five arguments
        return type(name, (Exception,), {})(*args)
