"""What the codec needs of an extension, which handles the objects of one library."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.boundary.codec import Codec


class Extension:
    """Writes and reads objects of one library, and follows their changes.

    Args:
        codec: the one that it belongs to.
    """

    readers: dict[str, Callable[..., object]]  # by the first word of what is written
    operations: dict[str, Callable[..., object]]  # that the other end may ask for

    def __init__(self, codec: "Codec"):
        self.codec, self.readers, self.operations = codec, {}, {}

    def encode(self, value: object) -> list | None:
        """Write an object; `None` if it is not one of this library."""
        raise NotImplementedError

    def change(self, number: int, value: object) -> list | None:
        """Write what has changed in an object; `None` if nothing has."""
        raise NotImplementedError

    def apply(self, number: int, value: object, *change) -> None:
        """Change an object as it was changed at the other end."""
        raise NotImplementedError

    def news(self) -> dict:
        """Give what else belongs into each message."""
        return {}

    def take_news(self, message: dict) -> None:
        """Take what else is in each message."""

    def end_scope(self) -> None:
        """Forget what matters during one call only."""
