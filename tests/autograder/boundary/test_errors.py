"""Errors come through; what breaks the boundary is no error that a test expects."""

import pytest
from two_ends import start_other_end

from autograder.boundary.errors import BoundaryBroken

RAISE = "def fail(*args):\n    raise {}"


@pytest.mark.parametrize(
    ("raised", "kind", "text"),
    [
        ("ValueError('no', 3)", ValueError, "('no', 3)"),
        ("KeyError('key')", KeyError, "'key'"),
        ("NotImplementedError()", NotImplementedError, ""),
        ("UnicodeDecodeError('utf-8', b'a', 0, 1, 'bad')", UnicodeDecodeError, "bad"),
        ("StopIteration(1)", StopIteration, "1"),
        ("AssertionError('wrong')", AssertionError, "wrong"),
        ("type('Own', (IndexError,), {})('mine')", IndexError, "mine"),
        (
            "type('Odd', (ValueError,), {'__str__': lambda self: 1 / 0})()",
            ValueError,
            "",
        ),
        ("SystemExit(0)", RuntimeError, "0"),
        ("KeyboardInterrupt()", RuntimeError, ""),
        ("ValueError(object)", ValueError, "<class 'object'>"),
    ],
)
def test_an_error_is_raised_with_class_and_text(defined, raised, kind, text):
    with pytest.raises(kind) as caught:
        defined(RAISE.format(raised), "fail")()
    assert text in str(caught.value)
    assert any("in fail" in line for line in caught.value.remote_trace)


def test_a_class_of_the_students_keeps_its_name(defined):
    with pytest.raises(IndexError) as caught:
        defined("class Own(IndexError): pass\ndef f():\n    raise Own('x')", "f")()
    assert type(caught.value).__name__ == "Own"


def test_an_error_of_a_callback_passes_through_the_solution(defined):
    source = """
def call(function):
    return function()
def turn(function):
    try:
        function()
    except AssertionError as error:
        return str(error), isinstance(error, AssertionError)
def chain(function):
    try:
        function()
    except AssertionError:
        raise ValueError("another")
"""
    call, turn, chain = defined(source, "call", "turn", "chain")
    mine = AssertionError("this test's")

    def fail():
        raise mine

    with pytest.raises(AssertionError) as caught:
        call(fail)
    assert caught.value is mine
    assert turn(fail) == ("this test's", True)
    with pytest.raises(ValueError, match="another"):
        chain(fail)


def test_calls_without_end_are_an_error(defined):
    source = "def loop(function):\n    return function()"
    loop = defined(source, "loop")

    def again():
        return loop(again)

    with pytest.raises(RecursionError):
        loop(again)
    assert loop(lambda: 1) == 1


@pytest.mark.parametrize(
    "body",
    [
        "import os; os._exit(0)",
        "import os; os.kill(os.getpid(), 9)",
        "import gc, socket; [x.close() for x in gc.get_objects()"
        " if isinstance(x, socket.socket)]",
    ],
)
def test_the_end_of_the_other_process_is_no_exception(body):
    peer, process = start_other_end()
    source = f"def f():\n    {body}"
    f = peer.request("define", source=source, names=("f",), shared=())["f"]
    with pytest.raises(BoundaryBroken):
        f()
    assert not issubclass(BoundaryBroken, Exception)
    process.kill()
    process.wait()


FORGED = [
    "{}",
    "[]",
    "1",
    "{'op': 'call', 'fields': {}}",
    "{'fields': {'result': ['own', 10**6]}, 'changed': []}",
    "{'fields': {'result': ['name', 'os', 'system']}, 'changed': []}",
    "{'fields': {'result': ['name', 'builtins', 'eval']}, 'changed': []}",
    "{'fields': {'result': ['name', 'torch', 'load']}, 'changed': []}",
    "{'fields': {'result': ['ref', 5]}, 'changed': []}",
    "{'fields': {'result': ['nothing']}, 'changed': []}",
    "{'fields': {'result': ['tensor', 1, 'float32', 0, 0, ['whole', 0, [9], [1], 0],"
    " None, None]}, 'changed': []}",
    "{'fields': {'result': ['tensor', 1, 'load', 0, 0, ['compact', 0, [1], [1], 0],"
    " None, None]}, 'changed': []}",
    "{'error': {}, 'fields': {}, 'changed': []}",
    "{'op': 'run', 'fields': {'source': 'x'}, 'changed': []}",
    "{'op': 'call', 'fields': {'number': 2, 'method': '__init__', 'args': ['tuple'],"
    " 'kwargs': ['container', 'dict', 9]}, 'changed': []}",
]


@pytest.mark.parametrize("message", FORGED)
def test_a_forged_answer_ends_the_connection_and_nothing_else(message):
    peer, process = start_other_end()
    source = f"""
import gc
from autograder.boundary.frames import Frames
def f(callback):
    frames = next(x for x in gc.get_objects() if type(x) is Frames)
    message = {message}
    if isinstance(message, dict) and message:
        rest = dict(lost=[], released=[], freed=[], ambient={{}})
        message = rest | message
    frames.send(message, [b"1234"])
    import time
    time.sleep(0.3)
"""
    f = peer.request("define", source=source, names=("f",), shared=())["f"]
    with pytest.raises(BoundaryBroken):
        f(lambda: 1)
    process.kill()
    process.wait()


def test_bytes_that_are_no_message_end_the_connection():
    for data in (b"\xff" * 8, b"\0" * 8, b"\0\0\0\2\0\0\0\3{}abc"):
        peer, process = start_other_end()
        source = f"""
import gc, time
from autograder.boundary.frames import Frames
def f():
    frames = next(x for x in gc.get_objects() if type(x) is Frames)
    frames.connection.sendall({data!r})
    time.sleep(0.3)
"""
        f = peer.request("define", source=source, names=("f",), shared=())["f"]
        with pytest.raises(BoundaryBroken):
            f()
        process.kill()
        process.wait()
