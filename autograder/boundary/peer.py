"""One end of the boundary: calls what is at the other end, and lets itself be called.

Only one end is at work at a time, the other one waits for it. Whenever the turn
changes, what was changed at one end is changed at the other as well: lists that were
appended to, tensors that were written to, the state of the random generators. So a call
does what it would do in one process.
"""

from collections.abc import Callable, Mapping

from autograder.boundary.ambient import Ambient
from autograder.boundary.codec import Codec
from autograder.boundary.errors import (
    BoundaryBroken,
    arguments,
    describe,
    rebuild,
)
from autograder.boundary.frames import Frames
from autograder.boundary.proxies import FUNCTIONS, PASSED_ON

PARTS_OF_BACKWARD = ("backward", "commit")  # of one that may go on
DEEPEST = 100  # calls within calls


class Peer:
    """One end.

    Args:
        frames: the connection to the other end.
        examiner: this is the examiner's end, which trusts nothing that it is sent.
        classes: those that both ends have defined by the same text, by name; may be
            added to.
    """

    def __init__(
        self, frames: Frames, examiner: bool, classes: Mapping[str, type] | None = None
    ):
        self.frames, self.examiner = frames, examiner
        self.codec = Codec(self, {} if classes is None else classes)
        self.ambient, self.depth = Ambient(), 0
        self.held: list = []  # what must not end while the other end is at work
        self.raised: dict[int, BaseException] = {}
        self.operations: dict[str, Callable[..., object]] = {
            "call": self._serve_call,
            "get": self._serve_get,
        }
        self.codec.add_operations(self.operations)

    def call(self, number: int, method: str, args: tuple, kwargs: dict) -> object:
        """Call an object of the other end, or one of its methods.

        Raises:
            Exception: what was raised there.
            BoundaryBroken: the other process has ended.
        """
        return self.request(
            "call", number=number, method=method, args=args, kwargs=kwargs
        )

    def get(self, number: int, name: str) -> object:
        """Give an attribute of an object of the other end."""
        return self.request("get", number=number, name=name)

    def request(self, operation: str, **fields: object) -> object:
        """Ask the other end for something, and serve it until it has answered."""
        if self.depth >= DEEPEST:
            raise RecursionError("tests and solution call each other without end")
        self.depth += 1
        try:
            self._send({"op": operation}, fields)
            message, fields = self._receive()
            while "op" in message:
                self._serve(message, fields)
                message, fields = self._receive()
            if error := self.codec.interruption:
                self.codec.interruption = None
                try:
                    raise error.with_traceback(None)
                finally:
                    del error  # or it would keep this frame, and what it holds
            if "error" in message:
                raise self._error(message["error"], fields.get("args"))
            return fields.get("result")
        finally:
            self.depth -= 1
            self._end_scope(operation)

    def serve(self) -> None:
        """Serve one request of the other end."""
        message, fields = self._receive()
        if "op" not in message:
            raise BoundaryBroken("an answer to nothing")
        self.depth += 1
        try:
            self._serve(message, fields)
        finally:
            self.depth -= 1
            self._end_scope(message["op"])

    def _end_scope(self, operation: str) -> None:
        """Forget what matters during one call only, if it was the outermost one."""
        if not self.depth and operation not in PARTS_OF_BACKWARD:
            self.codec.end_scope()
            self.raised.clear()

    def _send(self, message: dict, fields: dict[str, object]) -> None:
        """Send a message, and with it all that has changed here."""
        message |= self.codec.write(fields)
        message["ambient"] = self.ambient.changes(self.codec.attach)
        self.held = self.codec.shared.live()
        self.frames.send(message, self.codec.take_attached())

    def _receive(self) -> tuple[dict, dict]:
        """Wait for a message, and change here what has changed at the other end."""
        message, attached = self.frames.receive()
        try:
            fields = self.codec.read(message, attached)
            self.ambient.take(message["ambient"], self.codec.attached)
        except Exception as error:
            raise BoundaryBroken(
                f"a message that makes no sense: {type(error).__name__}: {error}"
            ) from error
        self.held = []
        return message, fields

    def _serve(self, message: dict, fields: dict) -> None:
        """Do what the other end asks for, and answer."""
        operation = self.operations.get(message["op"])
        if operation is None:
            raise BoundaryBroken(f"a request that nobody knows: {message['op']!r}")
        try:
            self._send({}, {"result": operation(**fields)})
        except BoundaryBroken:
            raise
        except BaseException as error:
            self._send({"error": self._describe(error)}, {"args": arguments(error)})

    def _serve_call(self, number: int, method: str, args: tuple, kwargs: dict):
        """Call an own object."""
        target = self._own(number)
        if not method:
            return target(*args, **kwargs)
        if method not in PASSED_ON:
            raise BoundaryBroken(f"a call of {method!r}")
        return getattr(type(target), method)(target, *args, **kwargs)

    def _serve_get(self, number: int, name: str) -> object:
        """Give an attribute of an own object, if it is a public one."""
        target = self._own(number)
        if self.examiner and (name.startswith("_") or isinstance(target, FUNCTIONS)):
            raise AttributeError(name)
        return getattr(target, name)

    def _own(self, number: int) -> object:
        """Give an own object that the other end may refer to."""
        try:
            return self.codec.handles.own(number)
        except (KeyError, TypeError) as error:
            raise BoundaryBroken(f"a reference to nothing: {number!r}") from error

    def _describe(self, error: BaseException) -> dict:
        """Describe an error for the other end, which may hand it back."""
        original = getattr(error, "_boundary_number", None)
        number = len(self.raised)
        self.raised[number] = error
        return describe(error) | {"number": number, "original": original}

    def _error(self, described: dict, args: object) -> BaseException:
        """Make the error that is raised here for one at the other end."""
        original = self.raised.get(described.get("original"))
        if original is not None:  # it came from here
            return original
        try:
            error = rebuild(described["name"], described["bases"], tuple(args))
            error._boundary_number = described["number"]
            error.remote_trace = [str(line) for line in described["trace"]]
        except Exception as trouble:
            raise BoundaryBroken("an error that makes no sense") from trouble
        return error
