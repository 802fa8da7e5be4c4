"""NumPy's arrays and numbers at the boundary."""

import json
from typing import TYPE_CHECKING

import numpy as np

from autograder.boundary.errors import CannotCrossError
from autograder.boundary.extension import Extension

if TYPE_CHECKING:
    from autograder.boundary.codec import Codec

PLAIN = "biufcmMSU"  # kinds of numbers that are nothing but their bytes


class Arrays(Extension):
    """Writes and reads arrays. Both ends have a copy, which follows the other one."""

    def __init__(self, codec: "Codec"):
        super().__init__(codec)
        self.readers = {
            "scalar": self._read_scalar,
            "array": self._read_array,
            "objects": self._read_objects,
            "np.dtype": np.dtype,
            "ufunc": self._read_ufunc,
            "rng": self._read_generator,
        }

    def encode(self, value: object) -> list | None:
        """Write an array or a number; `None` for anything else."""
        if isinstance(value, np.ndarray):
            return self._encode_array(value)
        if isinstance(value, np.generic) and value.dtype.kind in "biufcmM":
            return ["scalar", value.dtype.str, self.codec.attach(value.tobytes())]
        if isinstance(value, np.dtype) and value.kind in PLAIN:
            return ["np.dtype", value.str]
        if isinstance(value, np.ufunc):
            return ["ufunc", value.__name__]
        if isinstance(value, np.random.Generator):
            number = self.codec.share(value, keeper=self)
            self.codec.shared.keep_state(number, state := generator_state(value))
            return ["rng", number, state]
        return None

    def _encode_array(self, value: np.ndarray) -> list:
        """Write an array, with its class, if that isn't the usual one."""
        if value.dtype.kind == "O":
            parts = map(self.codec.encode, value.ravel().tolist())
            return ["objects", list(value.shape), *parts]
        if value.dtype.kind not in PLAIN:
            raise CannotCrossError(f"arrays of {value.dtype} can't be handed over")
        kind = type(value).__name__
        mask = None
        if isinstance(value, np.ma.MaskedArray):
            kind, mask = "MaskedArray", self.encode(np.ma.getmaskarray(value))
        number = self.codec.share(value, keeper=self)
        self.codec.shared.keep_state(number, fingerprint(value))
        place = self.codec.attach(np.asarray(value).tobytes())
        shape = list(value.shape)
        return ["array", number, kind, value.dtype.str, shape, place, mask]

    def change(self, number: int, value) -> list | None:
        """Write the new contents of an array that has changed."""
        if isinstance(value, np.random.Generator):
            state = generator_state(value)
            changed = state != self.codec.shared.state(number)
            self.codec.shared.keep_state(number, state)
            return [state] if changed else None
        state = fingerprint(value)
        if state == self.codec.shared.state(number):
            return None
        self.codec.shared.keep_state(number, state)
        place = self.codec.attach(np.asarray(value).tobytes())
        return [value.dtype.str, list(value.shape), place]

    def apply(self, number: int, value, *change) -> None:
        """Give an array the contents that it has at the other end."""
        if isinstance(value, np.random.Generator):
            value.bit_generator.state = json.loads(change[0])
            self.codec.shared.keep_state(number, change[0])
            return
        new = self._array(*change)
        if value.shape != new.shape:
            value.resize(new.shape, refcheck=False)
        np.copyto(value, new, casting="unsafe")
        self.codec.shared.keep_state(number, fingerprint(value))

    def _array(self, dtype: str, shape: list, place: int) -> np.ndarray:
        """Make an array that can be written to."""
        data = bytearray(self.codec.attached(place))
        return np.frombuffer(data, dtype=np.dtype(dtype)).reshape(shape)

    def _read_array(self, number, kind, dtype, shape, place, mask) -> np.ndarray:
        value = self._array(dtype, shape, place)
        if kind == "matrix":
            value = value.view(np.matrix)
        elif kind == "MaskedArray":
            value = np.ma.MaskedArray(value, self.codec.decode(mask))
        elif kind != "ndarray":  # a class of the other end: no ordinary array
            value = value.view(type(str(kind), (np.ndarray,), {}))
        self.codec.share(value, number, keeper=self)
        self.codec.shared.keep_state(number, fingerprint(value))
        return value

    def _read_objects(self, shape: list, *parts) -> np.ndarray:
        value = np.empty(len(parts), dtype=object)
        for place, part in enumerate(parts):
            value[place] = self.codec.decode(part)
        return value.reshape(shape)

    def _read_scalar(self, dtype: str, place: int) -> np.generic:
        return np.frombuffer(self.codec.attached(place), np.dtype(dtype))[0]

    def _read_ufunc(self, name: str) -> np.ufunc:
        value = getattr(np, name)
        if not isinstance(value, np.ufunc):
            raise LookupError(name)
        return value

    def _read_generator(self, number: int, state: str) -> np.random.Generator:
        kind = getattr(np.random, json.loads(state)["bit_generator"])
        value = np.random.Generator(kind())
        value.bit_generator.state = json.loads(state)
        self.codec.share(value, number, keeper=self)
        self.codec.shared.keep_state(number, state)
        return value


def generator_state(value: np.random.Generator) -> str:
    """Write the state of a generator as text."""
    return json.dumps(value.bit_generator.state, default=lambda part: part.tolist())


def fingerprint(value: np.ndarray) -> tuple:
    """Give what two arrays have in common only if their contents are the same."""
    return value.dtype.str, value.shape, hash(np.asarray(value).tobytes())
