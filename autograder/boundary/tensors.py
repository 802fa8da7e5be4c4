"""Tensors at the boundary, and gradients across it.

Both ends have a copy of a tensor, which follows the other one. A tensor that torch's
autograd has made is, at the other end, the result of a step whose backward pass asks
this end; so a gradient finds its way through tests and solution, whoever starts it.
"""

import ctypes
import weakref
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from autograder.boundary.errors import CannotCrossError
from autograder.boundary.extension import Extension

if TYPE_CHECKING:
    from autograder.boundary.codec import Codec

SMALL = 2**12  # bytes of a tensor that are kept to notice changes
LARGE = 2**20  # bytes of memory that are sent whole for the sake of a small view


class Graph(NamedTuple):
    """A tensor of this end on which tensors of the other end depend.

    Args:
        tensor: the result, with all that autograd keeps for it.
        inputs: tensors that the other end knows, on which it depends.
        hidden: leaves that it doesn't know, whose gradients are added up here.
    """

    tensor: Tensor
    inputs: list[Tensor]
    hidden: list[Tensor]


class Pending:
    """Gradients of hidden leaves at the other end, added up if the backward pass does.

    `torch.autograd.grad` adds nothing up, and only a hook on a leaf can tell.
    """

    def __init__(self):
        self.numbers: list[int] = []


class RemoteStep(torch.autograd.Function):
    """A step of the other end, as autograd sees it here."""

    @staticmethod
    def forward(ctx, tensors: "Tensors", result: list, token: Tensor, leaf, *inputs):
        """Return the result that the other end sent."""
        ctx.tensors, ctx.pending = tensors, result[1]
        ctx.set_materialize_grads(False)
        # The other end keeps its graph as long as this one keeps what it saved.
        ctx.save_for_backward(token)
        return result[0]

    @staticmethod
    def backward(ctx, gradient: Tensor | None):
        """Ask the other end for the gradients of the inputs."""
        if torch.is_grad_enabled():  # with create_graph
            raise RuntimeError("second derivatives can't cross to the other process")
        (token,) = ctx.saved_tensors
        needed = list(ctx.needs_input_grad[4:])
        if gradient is None:
            return None, None, None, None, *[None] * len(needed)
        gradients = ctx.tensors.ask_backward(int(token), gradient, needed, ctx.pending)
        at_leaf = torch.zeros(()) if ctx.pending.numbers else None
        return None, None, None, at_leaf, *gradients


class Tensors(Extension):
    """Writes and reads tensors, and leads backward passes from one end to the other."""

    def __init__(self, codec: "Codec"):
        super().__init__(codec)
        codec.shared.held_by_c = (Tensor,)
        self.graphs: dict[int, Graph] = {}
        self.uncommitted: dict[int, list] = {}
        self.same_memory: set[int] = set()  # tensors whose memory is laid out alike
        self.freed: list[int] = []  # graphs of the other end that nothing needs now
        self.leaves: dict[int, Pending] = {}  # by the id of a step's own leaf
        self.readers = {
            "tensor": self._read_tensor,
            "torch.dtype": lambda name: checked(getattr(torch, name), torch.dtype),
            "torch.device": torch.device,
            "torch.Size": lambda *sizes: torch.Size(sizes),
            "torch.Generator": self._read_generator,
        }
        self.operations = {"backward": self._backward, "commit": self._commit}

    def news(self) -> dict:
        """Give which graphs of the other end nothing here needs any more."""
        freed, self.freed = self.freed, []
        return {"freed": freed}

    def take_news(self, message: dict) -> None:
        """Free the graphs that the other end doesn't need any more."""
        for number in message["freed"]:
            self.graphs.pop(number, None)
        lost = {n for n in self.same_memory if self.codec.shared.get(n) is None}
        self.same_memory -= lost

    # writing

    def encode(self, value: object) -> list | None:
        """Write a tensor or what belongs to one; `None` for anything else."""
        if isinstance(value, Tensor):
            return self._encode_tensor(value)
        if isinstance(value, torch.Size):
            return ["torch.Size", *value]
        if isinstance(value, torch.dtype):
            return ["torch.dtype", str(value).removeprefix("torch.")]
        if isinstance(value, torch.device):
            return ["torch.device", str(value)]
        if isinstance(value, torch.Generator):
            number = self.codec.share(value, keeper=self)
            data = value.get_state().numpy().tobytes()
            self.codec.shared.keep_state(number, data)
            return ["torch.Generator", number, self.codec.attach(data)]
        return None

    def _encode_tensor(self, value: Tensor) -> list:
        """Write a tensor that the other end doesn't know yet."""
        if value.layout is not torch.strided or value.device.type != "cpu":
            raise CannotCrossError(
                f"a {value.layout} tensor on {value.device} can't be handed over: only "
                "ordinary ones on the CPU can"
            )
        place = self._encode_place(value)  # before it has a number of its own
        number = self.codec.share(value, keeper=self)
        if place[0] != "compact":
            self.same_memory.add(number)
        graph = None if value.is_leaf else self._add_graph(value)
        gradient = value.grad if value.is_leaf else None
        written = [
            "tensor",
            number,
            str(value.dtype).removeprefix("torch."),
            isinstance(value, nn.Parameter),
            value.requires_grad and value.is_leaf,
            place,
            graph,
            None if gradient is None else self.codec.encode(gradient),
        ]
        self.codec.shared.keep_state(number, self._state(value))
        return written

    def _encode_place(self, value: Tensor) -> list:
        """Write where the numbers of a tensor are: in memory known to both, or sent."""
        storage = value.untyped_storage()
        view = [list(value.size()), list(value.stride()), value.storage_offset()]
        pointer = storage.data_ptr()
        if pointer and not value.is_conj() and not value.is_neg():
            for number in self.same_memory:
                other = self.codec.shared.get(number)
                if other is not None and is_in(other, pointer):
                    return ["alias", number, *view]
            if storage.nbytes() <= max(LARGE, 4 * value.numel() * value.itemsize):
                whole = torch.empty(0, dtype=torch.uint8).set_(storage)
                return ["whole", self.codec.attach(whole.numpy().tobytes()), *view]
        return ["compact", self.codec.attach(raw(value)), *view]

    def _state(self, value: Tensor) -> tuple:
        """Give what shows whether a tensor has changed."""
        pointer = value.data_ptr()
        view = (pointer, value.shape, value.stride(), value.dtype)
        contents = contents_of(value, pointer)
        if not value.is_leaf:
            return view, contents, None, None
        gradient = value.grad
        if gradient is not None:  # a new one has no number, and equals nothing
            gradient = self.codec.shared.number_of(gradient) or object()
        return view, contents, gradient, value.requires_grad

    def change(self, number: int, value) -> list | None:
        """Write what has changed in a tensor."""
        if isinstance(value, torch.Generator):
            data = value.get_state().numpy().tobytes()
            if data == self.codec.shared.state(number):
                return None
            self.codec.shared.keep_state(number, data)
            return [self.codec.attach(data)]
        old, new = self.codec.shared.state(number), self._state(value)
        if old == new:
            return None
        data, view = None, None
        if old[:2] != new[:2]:
            data = self.codec.attach(raw(value))
        if old[0] != new[0]:
            self.same_memory.discard(number)
            view = self._view(value)
        gradient = [] if old[2] == new[2] else [self.codec.encode(value.grad)]
        self.codec.shared.keep_state(number, self._state(value))
        return [data, view, gradient, new[3]]

    def _view(self, value: Tensor) -> list:
        """Write shape and dtype of a tensor that has got other memory."""
        return [str(value.dtype).removeprefix("torch."), list(value.size())]

    # reading

    def _read_tensor(
        self, number, dtype, is_parameter, needs_gradient, place, graph, gradient
    ) -> Tensor:
        """Make a tensor like one at the other end."""
        dtype = checked(getattr(torch, dtype), torch.dtype)
        with torch.inference_mode(False), torch.no_grad():
            value = self._place(dtype, *place)
            if is_parameter:
                value = nn.Parameter(value, requires_grad=needs_gradient)
            elif needs_gradient:
                value.requires_grad_()
        if graph is not None:
            value = self._attach_graph(value, *graph)
        self.codec.share(value, number, keeper=self)
        if place[0] != "compact":
            self.same_memory.add(number)
        if gradient is not None:
            value.grad = self.codec.decode(gradient)
        self.codec.shared.keep_state(number, self._state(value))
        return value

    def _place(self, dtype, kind: str, source: int, size, stride, offset) -> Tensor:
        """Make a tensor over memory that is known, or that was sent."""
        if kind == "compact":
            return self._numbers(source, dtype, size)
        if kind == "alias":
            storage = checked(self.codec.shared.get(source), Tensor).untyped_storage()
        else:
            storage = self._memory(source).untyped_storage()
        last = offset + sum(
            (length - 1) * step for length, step in zip(size, stride, strict=True)
        )
        width = torch.empty(0, dtype=dtype).itemsize
        if 0 not in size and not 0 <= last < storage.nbytes() // width:
            raise ValueError("a tensor outside of its memory")
        return torch.empty(0, dtype=dtype).set_(storage, offset, size, stride)

    def _memory(self, source: int) -> Tensor:
        """Give the bytes that were sent, in memory that can be written to."""
        data = bytearray(self.codec.attached(source))
        if not data:
            return torch.empty(0, dtype=torch.uint8)
        return torch.frombuffer(data, dtype=torch.uint8)

    def _numbers(self, source: int, dtype: torch.dtype, size: list) -> Tensor:
        """Make an ordinary tensor of the numbers that were sent."""
        return self._memory(source).view(dtype).view(size)

    def apply(self, number: int, value, *change) -> None:
        """Change a tensor as it was changed at the other end."""
        if isinstance(value, torch.Generator):
            state = self.codec.attached(change[0])
            value.set_state(torch.frombuffer(bytearray(state), dtype=torch.uint8))
            self.codec.shared.keep_state(number, state)
            return
        data, view, gradient, needs_gradient = change
        with torch.inference_mode(False), torch.no_grad():
            if data is not None:
                self._write(number, value, data, view)
            if gradient:
                value.grad = self.codec.decode(gradient[0])
        if needs_gradient is not None and value.is_leaf:
            value.requires_grad_(needs_gradient)
        self.codec.shared.keep_state(number, self._state(value))

    def _write(self, number: int, value: Tensor, data: int, view) -> None:
        """Write other numbers into a tensor, or give it other memory."""
        if view is None:
            new = self._numbers(data, value.dtype, value.size())
            if 0 in value.stride():
                value.data = new
            else:
                value.data.copy_(new)
            return
        self.same_memory.discard(number)
        name, size = view
        new = self._numbers(data, checked(getattr(torch, name), torch.dtype), size)
        if value.size() == new.size() and value.dtype is new.dtype:
            value.data.copy_(new)
        else:
            value.data = new

    def _read_generator(self, number: int, place: int) -> torch.Generator:
        value, data = torch.Generator(), self.codec.attached(place)
        value.set_state(torch.frombuffer(bytearray(data), dtype=torch.uint8))
        self.codec.share(value, number, keeper=self)
        self.codec.shared.keep_state(number, data)
        return value

    # gradients

    def _add_graph(self, value: Tensor) -> list:
        """Keep the graph of a tensor for the other end, and say on what it depends."""
        inputs, hidden = self._trace(value)
        number = self.codec.shared.new_number()
        self.graphs[number] = Graph(value, list(inputs.values()), hidden)
        return [number, list(inputs), bool(hidden)]

    def _trace(self, value: Tensor) -> tuple[dict[int, Tensor], list[Tensor]]:
        """Find what a tensor was made of: what both ends know, and other leaves."""
        own = (value.grad_fn, value.output_nr)
        known, ends = {}, {}
        for number, other, _ in self.codec.shared.live():
            if isinstance(other, Tensor) and other.requires_grad:
                known[id(other)] = number
                if other.grad_fn is not None and other is not value:
                    ends[other.grad_fn, other.output_nr] = (number, other)
        ends.pop(own, None)
        inputs, hidden, seen, ahead = {}, {}, set(), [own]
        while ahead:
            step = ahead.pop()
            if step[0] is None or step in seen:
                continue
            seen.add(step)
            if step in ends:
                number, tensor = ends[step]
                inputs[number] = tensor
            elif hasattr(step[0], "variable"):
                leaf = step[0].variable
                if id(leaf) in known:
                    inputs[known[id(leaf)]] = leaf
                else:
                    hidden[id(leaf)] = leaf
            else:
                ahead += step[0].next_functions
        return inputs, list(hidden.values())

    def _attach_graph(self, value, graph: int, inputs: list[int], hidden: bool):
        """Let a tensor be the result of a step of the other end."""
        known = [checked(self.codec.shared.get(number), Tensor) for number in inputs]
        saved = np.array([graph])
        weakref.finalize(saved, self._free, graph).atexit = False
        pending = Pending()
        leaf = torch.zeros((), requires_grad=True)
        self.leaves[id(leaf)] = pending
        weakref.finalize(leaf, self.leaves.pop, id(leaf), None).atexit = False
        leaf.register_post_accumulate_grad_hook(lambda leaf: self._accumulate(leaf))
        with torch.inference_mode(False), torch.enable_grad():
            token = torch.from_numpy(saved)
            try:
                return RemoteStep.apply(self, [value, pending], token, leaf, *known)
            except Exception as error:  # torch stops a recomputation in this way
                self.codec.interruption = error
        return value

    def _free(self, graph: int) -> None:
        """Remember to tell the other end that nothing here needs its graph any more."""
        self.freed.append(graph)

    def ask_backward(
        self, graph: int, gradient: Tensor, needed: list[bool], pending: Pending
    ) -> list[Tensor | None]:
        """Let the other end lead a gradient through a graph of its own."""
        gradients, number = self.codec.peer.request(
            "backward", graph=graph, gradient=gradient, needed=tuple(needed)
        )
        if number is not None:
            pending.numbers = [number]
        return list(gradients)

    def _backward(self, graph: int, gradient: Tensor, needed: list[bool]):
        """Lead a gradient of the other end through an own graph."""
        tensor, inputs, hidden = self.graphs[graph]
        wanted = [part for part, need in zip(inputs, needed, strict=True) if need]
        if not wanted and not hidden:
            return (None,) * len(inputs), None
        found = iter(
            torch.autograd.grad(
                tensor, [*wanted, *hidden], gradient, True, allow_unused=True
            )
        )
        gradients = tuple(next(found) if need else None for need in needed)
        number = None
        if hidden:
            number = self.codec.shared.new_number()
            self.uncommitted[number] = list(zip(hidden, found, strict=True))
        return gradients, number

    def _accumulate(self, leaf: Tensor) -> None:
        """Let the other end add up what it keeps for its hidden leaves."""
        leaf.grad = None
        pending = self.leaves[id(leaf)]
        numbers, pending.numbers = pending.numbers, []
        self.codec.peer.request("commit", numbers=numbers)

    def end_scope(self) -> None:
        """Forget gradients that were never added up."""
        self.uncommitted.clear()

    def _commit(self, numbers: list[int]) -> None:
        """Add gradients of hidden leaves up."""
        for number in numbers:
            for leaf, gradient in self.uncommitted.pop(number, ()):
                if gradient is None:
                    continue
                if id(leaf) in self.leaves:  # a leaf of the other end's step
                    self._accumulate(leaf)
                elif leaf.grad is None:
                    leaf.grad = gradient.clone()
                else:
                    leaf.grad += gradient


def is_in(tensor: Tensor, pointer: int) -> bool:
    """Tell whether a tensor lies in some memory."""
    return tensor.untyped_storage().data_ptr() == pointer


def contents_of(tensor: Tensor, pointer: int) -> object:
    """Give what two states of a tensor have in common if its numbers are the same.

    `.data` and NumPy write without a trace in torch's version counter.
    """
    size = tensor.nbytes
    if not pointer or not tensor.is_contiguous() or tensor.is_conj() or tensor.is_neg():
        return raw(tensor)
    data = ctypes.string_at(pointer, size)
    return data if size <= SMALL else hash(data)


def raw(tensor: Tensor) -> bytes:
    """Give the numbers of a tensor as bytes, in their logical order."""
    with torch.no_grad():
        plain = tensor.detach().resolve_conj().resolve_neg()
        plain = plain.clone(memory_format=torch.contiguous_format)
        return plain.reshape(-1).view(torch.uint8).numpy().tobytes()


def checked(value: object, kind: type):
    """Give a value back if it is of a class.

    Raises:
        TypeError: it isn't.
    """
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} where {kind.__name__} is expected")
    return value
