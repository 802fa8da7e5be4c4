"""The other end of a boundary, in a process of its own: runs code that a test sends."""

import socket
import sys

import numpy  # noqa: F401 (so that the boundary handles arrays)
import torch

from autograder.boundary.errors import BoundaryBroken
from autograder.boundary.frames import Frames
from autograder.boundary.peer import Peer


def main(number: int) -> None:
    """Serve until the test has had enough."""
    torch.set_num_threads(1)
    classes = {}
    peer = Peer(Frames(socket.socket(fileno=number)), examiner=False, classes=classes)

    def define(source: str, names: tuple[str, ...], shared: tuple[str, ...]) -> dict:
        space = {"__name__": "__main__"}
        exec(source, space)
        found = {name: space[name] for name in names}
        classes.clear()
        classes.update({name: space[name] for name in shared})
        return found

    peer.operations["define"] = define
    while True:
        try:
            peer.serve()
        except BoundaryBroken:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]))
