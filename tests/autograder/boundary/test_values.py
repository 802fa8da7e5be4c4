"""Values come through a call as they are, and changes come back."""

import datetime
import decimal
import fractions
import inspect
import math
import pathlib
import random
import re
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np
import pytest
import torch

SAME = "def same(value):\n    return value"
KIND = "def kind(value):\n    return type(value).__name__, repr(value)"


class Point(NamedTuple):
    x: int
    y: float


class Colour(Enum):
    RED = 1


@dataclass
class Box:
    label: str
    sizes: list


IMPORTS = """
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

"""
CLASSES = IMPORTS + "\n\n".join(map(inspect.getsource, (Point, Colour, Box)))
VALUES = [
    None,
    True,
    0,
    -(2**53),
    10**5000,
    0.1,
    -0.0,
    math.inf,
    1 + 2j,
    "",
    "ü\n\0 \ud800 \U0001f600",
    b"\0\xff",
    (),
    (1, (2.0, "x")),
    [],
    [1, [2, [3]]],
    {},
    {"a": 1, (1, 2): [None]},
    set(),
    {1},
    frozenset({1}),
    slice(1, None, -1),
    range(1, 9, 2),
    ...,
    NotImplemented,
    fractions.Fraction(1, 3),
    decimal.Decimal("1.10"),
    datetime.date(2024, 2, 29),
    datetime.datetime(2024, 2, 29, 1, 2, 3),
    datetime.timedelta(days=-1, microseconds=5),
    pathlib.Path("a/b"),
    re.compile("a+", re.I),
    Counter("aab"),
    OrderedDict(b=1, a=2),
    deque([1, 2]),
    bytearray(b"ab"),
    len,
    math.sqrt,
    ValueError,
    int,
    np.int16(-3),
    np.float64(0.1),
    np.bool_(True),
    torch.float16,
    torch.device("cpu"),
    torch.Size((2, 3)),
    torch.relu,
    torch.nn.functional.gelu,
    torch.nn.LayerNorm,
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_as_it_was_and_looks_the_same_there(defined, value):
    same, kind = defined(f"{SAME}\n{KIND}", "same", "kind")
    back = same(value)
    assert back == value and type(back) is type(value)
    if isinstance(value, int) and value > 2**60:  # Python doesn't print larger ones
        return
    assert repr(back) == repr(value)
    assert kind(value)[0] == type(value).__name__
    if not callable(value):
        assert kind(value)[1] == repr(value)


def test_not_a_number_comes_back(defined):
    assert math.isnan(defined(SAME, "same")(math.nan))


@pytest.mark.parametrize("value", [Point(1, 2.5), Colour.RED, Box("a", [1])])
def test_instances_of_classes_that_both_ends_have(defined, value):
    classes = {kind.__name__: kind for kind in (Point, Colour, Box)}
    same = defined(f"{CLASSES}\n{SAME}", "same", classes=classes)
    back = same(value)
    assert back == value and type(back) is type(value)


def test_instances_made_at_the_other_end(defined):
    classes = {kind.__name__: kind for kind in (Point, Colour, Box)}
    source = (
        f"{CLASSES}\ndef make():\n    return Point(1, 2.0), Colour.RED, Box('b', [])"
    )
    point, colour, box = defined(source, "make", classes=classes)()
    assert type(point) is Point and point.y == 2.0
    assert colour is Colour.RED and box == Box("b", [])


def test_a_default_dictionary_comes_without_its_function(defined):
    back = defined(SAME, "same")(defaultdict(list, a=[1]))
    assert back == {"a": [1]}


@pytest.mark.parametrize(
    ("source", "argument", "changed"),
    [
        ("value.append(3)", [1], [1, 3]),
        ("value[0].append(3)", [[1], 2], [[1, 3], 2]),
        ("value['b'] = value.pop('a')", {"a": 1}, {"b": 1}),
        ("value.add(2)", {1}, {1, 2}),
        ("value[0][1].clear()", [(1, [2])], [(1, [])]),
        ("value.update('aa')", Counter("a"), Counter("aaa")),
        ("value += b'c'", bytearray(b"ab"), bytearray(b"abc")),
        ("value.sizes.append(2); value.label = 'b'", Box("a", [1]), Box("b", [1, 2])),
        ("value[0] = value[:]", [1], [[1]]),
    ],
)
def test_what_a_function_changes_is_changed_here(defined, source, argument, changed):
    body = f"{CLASSES}\ndef change(value):\n    {source}"
    change = defined(body, "change", classes={"Box": Box})
    assert change(argument) is None
    assert argument == changed


def test_what_a_callback_changes_is_changed_there(defined):
    source = """
def use(items, callback):
    before = list(items)
    callback(items)
    return before, items
"""
    items = [1]
    before, after = defined(source, "use")(items, lambda given: given.append(2))
    assert before == [1] and after is items and items == [1, 2]


def test_one_object_given_twice_is_one_object_there(defined):
    both = defined("def both(a, b):\n    a.append(1)\n    return a is b, b", "both")
    items = []
    assert both(items, items) == (True, [1])
    assert both([], []) == (False, [])


def test_a_list_that_holds_itself(defined):
    items = [1]
    items.append(items)
    back = defined("def f(x):\n    return x[1][1][0], x", "f")(items)
    assert back[0] == 1 and back[1] is items


def test_an_argument_that_comes_back_is_the_same_object(defined):
    for value in ([1], {"a": 1}, np.ones(2), torch.ones(2), lambda: 1, Box("a", [])):
        assert defined(SAME, "same")(value) is value


def test_a_text_of_a_class_with_its_own_hash_keeps_it(defined):
    class Salted(str):
        salt = 0

        def __hash__(self):
            return Salted.salt

    hashed = defined("def hashed(text):\n    return hash(text), text == 'a'", "hashed")
    for Salted.salt in (5, 7):
        assert hashed(Salted("a")) == (Salted.salt, True)


def test_subclasses_of_numbers_and_texts_become_what_they_extend(defined):
    source = """
class Liar(float):
    def __eq__(self, other):
        return True
    __hash__ = None
class Word(str):
    def __eq__(self, other):
        return True
    __hash__ = None
class Many(list):
    def __eq__(self, other):
        return True
def lie():
    return Liar(1), Word("a"), Many([1])
"""
    number, word, many = defined(source, "lie")()
    assert number != 2 and word != "b" and many != [2]
    assert [type(value) for value in (number, word, many)] == [float, str, list]


def test_an_object_equals_nothing_whatever_it_says(defined):
    source = """
class Always:
    def __eq__(self, other):
        return True
    def __bool__(self):
        return True
    def __repr__(self):
        return "42"
    def __len__(self):
        return 3
    def __float__(self):
        return 1.5
    def __iter__(self):
        return iter([1, 2])
    def value(self):
        return 7
def make():
    return Always()
"""
    value = defined(source, "make")()
    assert value != 42 and value != 1.5 and not isinstance(value, int | float)
    assert repr(value) == "42" and type(value).__name__ == "Always"
    assert len(value) == 3 and float(value) == 1.5 and list(value) == [1, 2]
    assert value.value() == 7
    with pytest.raises(AttributeError):
        value.missing  # noqa: B018


def test_generators_are_read_one_by_one(defined):
    source = """
def count():
    for number in range(10**9):
        yield number
def total(numbers):
    return sum(numbers), list(numbers)
"""
    count, total = defined(source, "count", "total")
    numbers = count()
    assert [next(numbers), next(numbers)] == [0, 1]
    assert total(iter([1, 2, 3])) == (6, [])


def test_functions_go_both_ways(defined):
    source = """
def apply(function, *args, **kwargs):
    return function(*args, **kwargs)
def make(step):
    def add(number):
        return number + step
    return add
"""
    apply, make = defined(source, "apply", "make")
    assert apply(lambda a, *, b: (a, b), 1, b=2) == (1, 2)
    assert make(3)(4) == 7
    assert apply(make(1), 1) == 2  # its own function comes back to it
    assert apply(apply, apply, max, 1, 5) == 5


def test_keyword_arguments_and_defaults(defined):
    assert defined("def f(a, b=2, *, c=3):\n    return a, b, c", "f")(1, c=5) == (
        1,
        2,
        5,
    )


def test_a_counting_object_is_called_here(defined):
    class Counting:
        def __init__(self):
            self.seen = []

        def __call__(self, number):
            self.seen.append(number)
            return -number

    counting = Counting()
    best = defined("def best(f):\n    return max(range(5), key=f)", "best")
    assert best(counting) == 0
    assert counting.seen == [0, 1, 2, 3, 4]


def test_what_is_private_to_the_tests_stays_private(defined):
    class Holder:
        public = 1

        def __init__(self):
            self._secret = 2

    source = """
def look(holder, function):
    found = [holder.public]
    for name in ("_secret", "__dict__", "__class__"):
        number = holder._number
        try:
            found.append(holder._peer.get(number, name))
        except AttributeError:
            found.append(None)
    for name in ("__globals__", "__code__", "__closure__"):
        try:
            peer = holder._peer
            found.append(peer.get(peer.codec.handles.proxy_number(function), name))
        except AttributeError:
            found.append(None)
    return found
"""
    secret = 3
    found = defined(source, "look")(Holder(), lambda: secret)
    assert found == [1] + 6 * [None]


def test_modules_of_python_do_not_cross(defined):
    same = defined(SAME, "same")
    with pytest.raises(TypeError, match="the module math can't be handed over"):
        same(math)
    assert same([1]) == [1]  # and all goes on
    with pytest.raises(TypeError, match="the module re can't"):
        defined("import re\ndef f():\n    return re", "f")()


def test_random_numbers_go_on_as_in_one_process(defined):
    source = """
import random, numpy, torch
def draw():
    numbers = random.random(), numpy.random.rand(), torch.rand(()).item()
    return *numbers, random.gauss(0, 1)
"""
    draw = defined(source, "draw")

    def seed():
        random.seed(1)
        np.random.seed(2)
        torch.manual_seed(3)

    def draw_here():
        return (
            random.random(),
            np.random.rand(),
            torch.rand(()).item(),
            random.gauss(0, 1),
        )

    seed()
    expected = [draw_here() for _ in range(4)]
    seed()
    assert [draw(), draw_here(), draw(), draw_here()] == expected


def test_generators_of_random_numbers_are_drawn_from_on_both_sides(defined):
    source = """
import torch
def draw(one, other):
    return torch.rand(2, generator=one).tolist(), other.random()
"""
    draw = defined(source, "draw")
    one, other = torch.Generator().manual_seed(0), np.random.default_rng(0)
    found = [draw(one, other) for _ in range(2)]
    again, too = torch.Generator().manual_seed(0), np.random.default_rng(0)
    expected = [
        (torch.rand(2, generator=again).tolist(), too.random()) for _ in range(2)
    ]
    assert found == expected
    assert torch.equal(torch.rand(2, generator=one), torch.rand(2, generator=again))
    assert other.random() == too.random()
