"""The state that belongs to no object: random numbers, and how torch records."""

import random
import sys
from array import array

# Tests seed a generator before they call, and look at what a call left behind. So what
# is ambient goes over with every message, if it has changed since the last one.


class Ambient:
    """Follows this process's ambient state, and gives or takes what changed."""

    def __init__(self):
        self.known: dict[str, object] = {}

    def changes(self, attach) -> dict:
        """Give the parts that differ from what both ends know, to be sent.

        Args:
            attach: takes bytes, and gives their place in the message.
        """
        sent = {}
        for name, value in read_state().items():
            if self.known.get(name) != value:
                self.known[name] = value
                sent[name] = attach(value) if isinstance(value, bytes) else value
        return sent

    def take(self, sent: dict, attached) -> None:
        """Set what the other end had set.

        Args:
            sent: of `changes`.
            attached: gives the bytes at a place of the message.
        """
        for name, write in WRITERS.items():
            if name in sent:
                value = sent[name]
                write(attached(value) if name in IN_BYTES else value)
        if sent:
            self.known |= read_state()


def read_state() -> dict[str, object]:
    """Read the ambient state; what isn't imported has none."""
    _, numbers, gauss = random.getstate()
    state: dict[str, object] = {
        "random": array("I", numbers).tobytes(),
        "gauss": gauss,
    }
    if numpy := sys.modules.get("numpy"):
        _, keys, place, has_gauss, cached = numpy.random.get_state()
        state["numpy"] = keys.tobytes()
        state["numpy place"] = [int(place), int(has_gauss), float(cached)]
    if (torch := sys.modules.get("torch")) and hasattr(torch, "is_grad_enabled"):
        state["torch"] = torch.get_rng_state().numpy().tobytes()
        state["gradients"] = torch.is_grad_enabled()
        state["inference"] = torch.is_inference_mode_enabled()
        state["dtype"] = str(torch.get_default_dtype()).removeprefix("torch.")
    return state


def write_random(data: bytes) -> None:
    """Set the state of Python's generator."""
    gauss = random.getstate()[2]
    random.setstate((3, tuple(memoryview(data).cast("I")), gauss))


def write_gauss(gauss: float | None) -> None:
    """Set the second of a pair of normal numbers, which is drawn next."""
    version, numbers, _ = random.getstate()
    random.setstate((version, numbers, gauss))


def write_numpy(data: bytes) -> None:
    """Set the numbers of numpy's old global generator."""
    import numpy

    name, _, *rest = numpy.random.get_state()
    keys = numpy.frombuffer(data, dtype=numpy.uint32)
    numpy.random.set_state((name, keys, *rest))


def write_numpy_place(place: list) -> None:
    """Set how far that generator is."""
    import numpy

    name, keys, *_ = numpy.random.get_state()
    numpy.random.set_state((name, keys, *place))


def write_torch(data: bytes) -> None:
    """Set the state of torch's generator on the CPU."""
    import torch

    torch.set_rng_state(torch.frombuffer(bytearray(data), dtype=torch.uint8))


def write_gradients(enabled: bool) -> None:
    """Let torch record operations, or not."""
    import torch

    torch.set_grad_enabled(bool(enabled))


def write_dtype(name: str) -> None:
    """Set torch's default dtype."""
    import torch

    dtype = getattr(torch, name)
    if dtype is not torch.get_default_dtype():
        torch.set_default_dtype(dtype)


_inference: list = []  # guards, the newest last; a mode ends with its guard


def write_inference(enabled: bool) -> None:
    """Enter or leave torch's inference mode, for longer than a block of code."""
    import torch

    if enabled == torch.is_inference_mode_enabled():
        return
    if _inference:
        _inference.pop()
    if enabled != torch.is_inference_mode_enabled():
        _inference.append(torch._C._InferenceMode(bool(enabled)))


IN_BYTES = {"random", "numpy", "torch"}
WRITERS = {
    "random": write_random,
    "gauss": write_gauss,
    "numpy": write_numpy,
    "numpy place": write_numpy_place,
    "torch": write_torch,
    "inference": write_inference,
    "gradients": write_gradients,
    "dtype": write_dtype,
}
