"""A check meets the learner's object through a Subject, and nothing of the learner's gets a say."""

import collections
import contextlib
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.checking import port as module
from course.checking.answering import stubs
from course.checking.errors import LimitReached, NotPlain, SubjectError
from course.checking.port import Port, subject, subjects
from course.checking.seen import Raised, raised
from course.checking.subject import Subject, each, length, plain, wait

Pair = collections.namedtuple("Pair", "left right")


class Liar(float):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


class Own:
    """What a learner might write."""

    def __init__(self, start: int = 0) -> None:
        self.items = [start]

    def add(self, item: object) -> None:
        self.items.append(item)

    def counts(self) -> collections.Counter[str]:
        return collections.Counter("aab")

    def pair(self) -> Pair:
        return Pair(1, np.float64(2.5))

    def lie(self) -> float:
        return Liar(3)

    def fail(self, number: int) -> int:
        return 1 // (number - 3)

    def use(self, rule: Any) -> tuple[float, str]:
        return rule.evaluate("text"), rule.name

    def peek(self, rule: Any) -> object:
        return rule._secret

    async def later(self) -> int:
        return 7

    def shout(self) -> None:
        import sys
        import warnings

        print("out")
        print("err", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)

    def unwritten(self) -> int:
        """Not done."""
        raise NotImplementedError  # your code here

    def numbers(self) -> Any:
        yield from range(3)

    def endless(self) -> None:
        while True:
            pass

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, item: object) -> bool:
        return item in self.items


class Rule:
    name = "rule"
    _secret = "hidden"

    def evaluate(self, text: str) -> float:
        return 0.5

    def broken(self) -> float:
        raise KeyError("k")


def test_arguments_arrive_as_copies() -> None:
    mine = [1, 2]
    own = subject(Own)()
    own.add(mine)
    assert plain(own.items, list)[1] == [1, 2]
    mine.append(3)
    assert plain(own.items, list)[1] == [1, 2]


def test_a_handle_never_equals_a_value() -> None:
    answer = subject(Own)().lie()
    assert type(answer) is Subject
    assert answer != 3.0
    assert answer != Liar(3)
    assert plain(answer, float) == 3.0


def test_plain_turns_lookalikes_into_exact_data_on_the_learners_side() -> None:
    own = subject(Own)()
    assert plain(own.counts(), dict[str, int]) == {"a": 2, "b": 1}
    assert plain(own.pair(), tuple[int, float]) == (1, 2.5)
    assert plain(own.numbers(), list[int]) == [0, 1, 2]
    assert plain(3, float) == 3.0
    assert plain(np.array([1, 2]), list[int]) == [1, 2]
    assert plain(np.int64(4), int) == 4


@pytest.mark.parametrize(
    ("value", "as_"), [(1.5, int), ("1", int), (True, int), (None, str), ([1], dict), ([1, "a"], list[int])]
)
def test_plain_says_what_it_wanted(value: object, as_: Any) -> None:
    with pytest.raises(NotPlain, match="expected"):
        plain(value, as_)


def test_each_is_one_message_and_names_the_call_that_raised() -> None:
    own = subject(Own)()
    before = own._port.crossings
    with pytest.raises(SubjectError) as caught:
        each(own.fail, [0, 1, 2, 3, 4])
    assert caught.value.call == "fail(3)"
    assert own._port.crossings == before + 2
    assert each(own.fail, [1, 2], as_=int) == [-1, -1]


def test_an_error_names_the_learners_own_line() -> None:
    with pytest.raises(SubjectError) as caught:
        subject(Own)().fail(3)
    assert caught.value.names[:2] == ["ZeroDivisionError", "ArithmeticError"]
    assert "return 1 // (number - 3)" in caught.value.describe()


def test_served_objects_show_their_public_face_only() -> None:
    own = subject(Own)()
    assert own.use(Rule()) == (0.5, "rule")
    with pytest.raises(SubjectError) as caught:
        own.peek(Rule())
    assert "AttributeError" in caught.value.names


def test_served_types_modules_and_generators_are_refused() -> None:
    class Reach:
        def __call__(self, thing: Any, name: str) -> object:
            return getattr(thing, name)

    for thing, name in (
        (Rule, "name"),
        (math, "pi"),
        ((i for i in [1]), "gi_frame"),
        (test_served_objects_show_their_public_face_only, "__globals__"),
    ):
        with pytest.raises(SubjectError):
            subject(Reach())(thing, name)


def test_an_error_of_a_served_object_reaches_the_learner_as_that_built_in_error() -> None:
    def handler(rule: Any) -> str:
        try:
            rule.broken()
        except KeyError:
            return "caught"
        return "missed"

    assert subject(handler)(Rule()) == "caught"


def test_an_error_is_known_by_the_names_of_its_mro() -> None:
    own = subject(Own)()
    error = raised(lambda: own.fail(3))
    assert error.right(Raised(("ArithmeticError",)))
    assert not error.right(Raised(("KeyError",)))
    assert "ZeroDivisionError" in error.told()
    assert not isinstance(raised(lambda: own.fail(1)), Raised)


def test_output_and_warnings_are_kept_and_not_shown(capfd: pytest.CaptureFixture[str]) -> None:
    own = subject(Own)()
    own.shout()
    assert capfd.readouterr() == ("", "")
    assert own._port.printed.startswith("out\nerr\n")


def test_a_stub_is_found_by_name_without_running_it() -> None:
    assert stubs(Own) == ["Own.unwritten"]
    with pytest.raises(SubjectError) as caught:
        subject(Own)().unwritten()
    assert caught.value.unwritten
    assert caught.value.function == "Own.unwritten"


def test_coroutines_run_to_their_end_even_inside_a_running_loop() -> None:
    import asyncio

    async def inside() -> object:
        return wait(subject(Own)().later())

    assert asyncio.run(inside()) == 7


def test_length_membership_iteration_and_items() -> None:
    own = subject(Own)(5)
    assert len(own) == 1
    assert length(own, "items") == 1
    assert 5 in own
    assert 6 not in own
    table = subject({"a": [1, 2]}.copy)
    assert table()["a"] == [1, 2]


def test_several_subjects_share_one_conversation() -> None:
    def size(own: Own) -> int:
        return len(own.items)

    Kind, function = subjects(Own, size)
    assert function(Kind(1)) == 1


def test_an_endless_loop_ends_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SECONDS", 0.2)
    with pytest.raises(SubjectError) as caught:
        subject(Own)().endless()
    assert caught.value.names[0] == "TookTooLong"
    assert subject(Own)().fail(4) == 1


def test_too_deep_and_too_many_are_refused_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    deep: list[Any] = []
    for _ in range(200):
        deep = [deep]
    with pytest.raises(LimitReached):
        subject(Own)().add(deep)
    monkeypatch.setattr(module, "MAX_NODES", 100)
    with pytest.raises(LimitReached):
        subject(Own)().add(list(range(1000)))


data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(), inner)
        | st.frozensets(st.integers())
    ),
    max_leaves=20,
)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(data)
def test_plain_data_crosses_unchanged(value: object) -> None:
    near, far = Port(), Port(learner=True)
    crossed = near.decode(far.encode(value))
    assert crossed == value
    assert type(crossed) is type(value)


@pytest.mark.parametrize(
    "array",
    [np.zeros((0, 3)), np.arange(6, dtype=">i4").reshape(2, 3), np.array(["é", "b"]), np.float32(1.5)],
)
def test_arrays_cross_with_type_and_shape(array: Any) -> None:
    crossed = Port().decode(Port(learner=True).encode(array))
    assert type(crossed) is type(array)
    assert crossed.dtype == array.dtype
    assert np.array_equal(crossed, array)


junk = st.recursive(
    st.none()
    | st.integers()
    | st.text(max_size=3)
    | st.binary(max_size=3)
    | st.sampled_from(["l", "d", "a", "g", "i", "m", "h", "<f8", "|O"]),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=15,
)


@settings(derandomize=True, deadline=None, max_examples=500)
@given(junk)
def test_no_malformed_message_breaks_the_decoder(tree: Any) -> None:
    with contextlib.suppress(ValueError, TypeError, KeyError, SubjectError):
        Port().decode(tree)
