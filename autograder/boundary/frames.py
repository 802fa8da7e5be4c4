"""Frames: messages with attached bytes over a socket between two processes."""

import json
import socket
import struct

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from autograder.boundary.errors import BoundaryBroken

LENGTHS = struct.Struct(">II")  # of the message and of what is attached
LARGEST = 512 * 2**20  # bytes of one frame


class Frames:
    """Sends and receives frames: JSON, and byte strings packed as safetensors.

    Args:
        connection: a stream socket whose other end speaks the same way.
        largest: most bytes of a frame; a longer one ends the connection.
    """

    def __init__(self, connection: socket.socket, largest: int = LARGEST):
        self.connection, self.largest = connection, largest
        self.sockets: list[socket.socket] = []  # that came with frames

    def send(
        self, message: object, attached: list[bytes], sockets: tuple[int, ...] = ()
    ) -> None:
        """Send a message that refers to attached byte strings by their places.

        Args:
            message: anything that JSON has.
            attached: the byte strings.
            sockets: file descriptors that the other process gets as well.

        Raises:
            BoundaryBroken: the frame is too large, or nobody listens any more.
        """
        text = json.dumps(message, separators=(",", ":")).encode()
        packed = pack(attached)
        if len(text) + len(packed) > self.largest:
            raise BoundaryBroken(
                f"a message of {len(text) + len(packed)} bytes is too large to cross"
            )
        frame = LENGTHS.pack(len(text), len(packed)) + text + packed
        try:
            socket.send_fds(self.connection, [frame[:1]], sockets)
            self.connection.sendall(frame[1:])
        except OSError as error:
            raise BoundaryBroken("the other process has ended") from error

    def receive(self) -> tuple[object, list[bytes]]:
        """Wait for a frame.

        Raises:
            BoundaryBroken: the other process has ended, or sent no frame of this kind.
        """
        text, packed = LENGTHS.unpack(self._read_lengths())
        if text + packed > self.largest:
            raise BoundaryBroken(f"a message of {text + packed} bytes is too large")
        try:
            return json.loads(self._read(text)), unpack(self._read(packed))
        except (ValueError, RecursionError, SafetensorError, LookupError) as error:
            raise BoundaryBroken(f"a message that can't be read: {error}") from error

    def _read_lengths(self) -> bytes:
        """Read how long a frame is, and take the sockets that come with it."""
        try:
            data, numbers, *_ = socket.recv_fds(self.connection, LENGTHS.size, 1)
        except OSError as error:
            raise BoundaryBroken("the other process has ended") from error
        if not data:
            raise BoundaryBroken("the other process has ended")
        self.sockets += [socket.socket(fileno=number) for number in numbers]
        return data + self._read(LENGTHS.size - len(data))

    def _read(self, length: int) -> bytes:
        """Read so many bytes."""
        parts, missing = [], length
        while missing:
            try:
                part = self.connection.recv(min(missing, 2**20))
            except OSError as error:
                raise BoundaryBroken("the other process has ended") from error
            if not part:
                raise BoundaryBroken("the other process has ended")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)


def pack(attached: list[bytes]) -> bytes:
    """Pack byte strings; none at all take no bytes."""
    if not attached:
        return b""
    arrays = [np.frombuffer(data, dtype=np.uint8) for data in attached]
    return save({str(place): array for place, array in enumerate(arrays)})


def unpack(packed: bytes) -> list[bytes]:
    """Give the byte strings that were packed."""
    if not packed:
        return []
    found = load(packed)
    return [found[str(place)].tobytes() for place in range(len(found))]
