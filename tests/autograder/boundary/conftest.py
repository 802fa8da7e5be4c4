"""Two ends of a boundary."""

from collections.abc import Callable, Iterator

import pytest
import torch
from two_ends import start_other_end

from autograder.boundary.peer import Peer


@pytest.fixture(scope="module")
def other_end() -> Iterator[Peer]:
    """This end of a connection to another process."""
    peer, process = start_other_end()
    yield peer
    peer.frames.connection.close()
    process.wait(timeout=20)


@pytest.fixture
def defined(other_end) -> Callable[..., object]:
    """Define code at the other end, and get stand-ins for some of its names."""
    recording = torch.is_grad_enabled()

    def define(source: str, *names: str, classes: dict | None = None):
        other_end.codec.classes.clear()
        other_end.codec.classes.update(classes or {})
        shared = tuple(classes or {})
        found = other_end.request("define", source=source, names=names, shared=shared)
        return found[names[0]] if len(names) == 1 else [found[n] for n in names]

    yield define
    torch.set_grad_enabled(recording)
