"""Frames come through whole, with the sockets that belong to them."""

import socket

import pytest

from autograder.boundary.errors import BoundaryBroken
from autograder.boundary.frames import Frames


@pytest.fixture
def ends():
    one, other = socket.socketpair()
    yield Frames(one, largest=10_000), Frames(other, largest=10_000)
    one.close()
    other.close()


def test_messages_and_bytes_come_through_in_order(ends):
    one, other = ends
    messages = [({"a": [1, None]}, []), ("x" * 3000, [b"", b"abc"]), ([], [b"\0" * 99])]
    for message, attached in messages:
        one.send(message, attached)
    assert [other.receive() for _ in messages] == messages


def test_a_socket_comes_with_its_frame(ends):
    one, other = ends
    mine, given = socket.socketpair()
    one.send("first", [])
    one.send("second", [], (given.fileno(),))
    given.close()
    assert other.receive()[0] == "first" and other.sockets == []
    assert other.receive()[0] == "second"
    (received,) = other.sockets
    mine.sendall(b"hello")
    assert received.recv(5) == b"hello"
    mine.close()
    received.close()


def test_what_is_too_large_is_neither_sent_nor_read(ends):
    one, other = ends
    with pytest.raises(BoundaryBroken, match="too large to cross"):
        one.send("x" * 10_001, [])
    one.largest = 20_000
    one.send("x" * 10_001, [])
    with pytest.raises(BoundaryBroken, match="is too large"):
        other.receive()


def test_the_end_of_the_other_process_is_noticed(ends):
    one, other = ends
    other.connection.close()
    with pytest.raises(BoundaryBroken, match="has ended"):
        one.receive()
