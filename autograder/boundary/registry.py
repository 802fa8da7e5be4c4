"""Which objects both ends know, and by which numbers."""

import itertools
import weakref
from operator import itemgetter


class Registry:
    """Objects of which both ends have one: containers, arrays, tensors, modules.

    An object leaves when one end has lost it. Both ends are told before they use a
    number again: only one of them is at work at a time.

    Args:
        first: number of this end's first object; the other end begins one away from it.
    """

    def __init__(self, first: int):
        self._new = itertools.count(first, 2)
        self._numbers: dict[int, int] = {}  # by the object's id
        self._objects: dict[int, object] = {}
        self._scoped: dict[int, object] = {}  # can't be referred to weakly
        self._states: dict[int, object] = {}
        self._keepers: dict[int, object] = {}
        self.lost: list[int] = []
        self.held_by_c: tuple[
            type, ...
        ] = ()  # classes whose objects C++ may hold alone

    def new_number(self) -> int:
        """Give a number that was never given before."""
        return next(self._new)

    def add(self, number: int, value: object, keeper: object) -> None:
        """Let an object be known by a number, as long as it lives.

        One that has no weak references is known until the outermost call is over.

        Args:
            number: its number.
            value: the object.
            keeper: what notices changes in objects of this kind.
        """
        place = id(value)
        self._keepers[number] = keeper
        try:
            self._objects[number] = weakref.ref(value, self._on_end(number, place))
        except TypeError:
            self._scoped[number] = value
        self._numbers[place] = number

    def _on_end(self, number: int, place: int):
        """Make what is called when an object ends."""

        def ended(_: object) -> None:
            if number in self._objects:
                self.lost.append(number)
                self._drop(number, place)

        return ended

    def _drop(self, number: int, place: int) -> None:
        self._objects.pop(number, None)
        self._scoped.pop(number, None)
        self._states.pop(number, None)
        self._keepers.pop(number, None)
        if self._numbers.get(place) == number:
            del self._numbers[place]

    def number_of(self, value: object) -> int | None:
        """Give the number of an object, if both ends know it."""
        return self._numbers.get(id(value))

    def get(self, number: int) -> object | None:
        """Give the object of a number; `None` if it isn't known any more."""
        if number in self._scoped:
            return self._scoped[number]
        reference = self._objects.get(number)
        return self._revived(reference()) if reference else None

    def _revived(self, value: object) -> object:
        """Give an object that only C++ still held back to Python."""
        if isinstance(value, self.held_by_c):
            value._fix_weakref()
        return value

    def forget(self, number: int) -> None:
        """Forget an object that the other end has lost."""
        if (value := self.get(number)) is not None:
            self._drop(number, id(value))

    def live(self) -> list[tuple[int, object, object]]:
        """List all numbers, objects and their keepers, the oldest first."""
        found = [
            (number, value, self._keepers[number])
            for number, reference in list(self._objects.items())
            if (value := self._revived(reference())) is not None
        ]
        found += [(n, value, self._keepers[n]) for n, value in self._scoped.items()]
        return sorted(found, key=itemgetter(0))

    def keeper(self, number: int) -> object:
        """Give what notices changes in an object."""
        return self._keepers[number]

    def state(self, number: int) -> object:
        """Give what was kept of an object's contents, to notice changes."""
        return self._states.get(number)

    def keep_state(self, number: int, state: object) -> None:
        """Keep an object's contents as both ends know them."""
        self._states[number] = state

    def end_scope(self) -> None:
        """Forget what is known for one call only."""
        for number, value in list(self._scoped.items()):
            self._drop(number, id(value))


class Handles:
    """Objects of this end that the other end refers to, and stand-ins for its own."""

    def __init__(self, first: int):
        self._new = itertools.count(first, 2)
        self._own: dict[int, object] = {}
        self._numbers: dict[int, int] = {}  # of own objects, by id
        self._proxies: weakref.WeakValueDictionary = weakref.WeakValueDictionary()
        self._proxy_numbers: dict[int, int] = {}  # of stand-ins, by id
        self.released: list[int] = []

    def give(self, value: object) -> int:
        """Give the number of an own object, which lives until it is released."""
        if id(value) not in self._numbers:
            number = next(self._new)
            self._numbers[id(value)], self._own[number] = number, value
        return self._numbers[id(value)]

    def own(self, number: int) -> object:
        """Give the own object of a number.

        Raises:
            KeyError: the other end made the number up.
        """
        return self._own[number]

    def release(self, number: int) -> None:
        """Let go of an own object for which the other end has no stand-in any more."""
        if number in self._own:
            del self._numbers[id(self._own.pop(number))]

    def add_proxy(self, number: int, proxy: object) -> None:
        """Remember a stand-in; its end releases the object that it stands for."""
        place = id(proxy)

        def ended() -> None:
            self._proxy_numbers.pop(place, None)
            self.released.append(number)

        self._proxies[number] = proxy
        self._proxy_numbers[place] = number
        weakref.finalize(proxy, ended).atexit = False
        if number in self.released:  # it had one before, and it will have one again
            self.released.remove(number)

    def proxy(self, number: int) -> object | None:
        """Give the stand-in for an object of the other end, if there is one."""
        return self._proxies.get(number)

    def proxy_number(self, value: object) -> int | None:
        """Give the number that a stand-in stands for; `None` if it is none."""
        return self._proxy_numbers.get(id(value))
