"""Look-alikes become exact plain data, stubs are found under their wrappers, and work grows as it should."""

import math
from collections import Counter, namedtuple
from collections.abc import Callable
from enum import Enum, IntEnum
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pytest

from course.checking.answering import _work, stubs
from course.checking.errors import NotPlain
from course.checking.plain import convert, short, simplify

Pair = namedtuple("Pair", "left right")


class Colour(str, Enum):  # noqa: UP042  # the look-alike that people write
    RED = "red"


class Level(IntEnum):
    HIGH = 3


def test_look_alikes_are_exact_inside_containers_too() -> None:
    given = [Pair(Colour.RED, Level.HIGH), {Colour.RED: Counter("aab")}]
    found = simplify(given)
    assert found == [("red", 3), {"red": {"a": 2, "b": 1}}]
    assert [type(part) for part in (found[0], *found[0], *found[1], *found[1].values())] == [
        tuple,
        str,
        int,
        str,
        dict,
    ]


def test_a_tuple_of_any_length_has_a_type() -> None:
    assert convert(["a", "b", "c"], tuple[str, ...]) == ("a", "b", "c")
    assert convert((), tuple[str, ...]) == ()
    with pytest.raises(NotPlain):
        convert(("a", 1), tuple[str, ...])


def test_a_container_reads_as_python_writes_it_and_a_small_array_as_a_list() -> None:
    for value in ({"a": (1,), "b": []}, [(), ("x", 2.0)], (None, {1: {2}})):
        assert short(value) == repr(value)
    endless: list[Any] = []
    endless.append(endless)
    assert short(endless) == "[[[[[[...]]]]]]"
    ids = {"a": (np.array([1, 2]), np.array([0.5])), "b": [np.zeros(9)]}
    assert short(ids) == "{'a': (array([1, 2]), array([0.5])), 'b': [<array of shape (9,)>]}"


def test_stubs_are_found_under_what_wraps_them() -> None:
    class Own:
        @cached_property
        def kept(self) -> int:
            raise NotImplementedError

        @staticmethod
        @lru_cache
        def known() -> int:
            raise NotImplementedError

        @property
        def asked(self) -> int:
            raise NotImplementedError

        def written(self) -> int:
            return 1

    names = [name.rpartition(".")[2] for name in stubs(Own)]
    assert names == ["kept", "known", "asked"]


def once(items: list[int]) -> int:
    total = 0
    for item in items:
        total += item
    return total


def copied_once(items: list[int]) -> int:
    return once(list(items))


def each_copied(items: list[int]) -> list[int]:
    kept: list[int] = []
    for _ in items:
        kept = list(items)
    return kept


def each_sought(items: list[int]) -> int:
    return sum(item in items for item in items)


def halved(items: list[int]) -> int:
    low, high = 0, len(items)
    while low < high:
        middle = (low + high) // 2
        if items[middle] < 3:
            low = middle + 1
        else:
            high = middle
    return low


def each_tail(items: list[int]) -> int:
    total = 0
    for place in range(len(items)):
        total += len(items[place:])
    return total


def own_sought(items: list[int]) -> int:
    own = [2 * place for place in range(len(items))]
    return sum(own.index(2 * place) for place in range(len(items)))


def put_in_front(items: list[int]) -> list[int]:
    own: list[int] = []
    for item in items:
        own.insert(0, item)
    return own


def of_exact_type(items: list[int]) -> int:
    for item in items:
        if type(item) is not int:
            raise ValueError(item)
    return 0


@pytest.mark.parametrize(
    ("function", "power"),
    [
        (once, 1.0),
        (copied_once, 1.0),
        (each_copied, 2.0),
        (each_sought, 2.0),
        (each_tail, 2.2),
        (halved, 0.2),
        # Quadratic, and unseen, as `growth` says: scans in C over its own numbers, items that are moved.
        (own_sought, 1.1),
        (put_in_front, 1.1),
        (of_exact_type, 1.0),
    ],
)
def test_work_grows_with_the_size_as_the_function_s_does(
    function: Callable[[list[int]], Any], power: float
) -> None:
    small, large = (min(_work(function, (list(range(n)),), {}) for _ in range(3)) for n in (50, 200))
    assert math.log(large / small, 4) == pytest.approx(power, abs=0.25)
