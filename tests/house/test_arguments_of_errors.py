"""An error of the course counts by its class and by the arguments that it keeps, however they were passed; any other by its
class; none by its text."""

import json
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import Any

import numpy as np
import pytest

from course.checking.plain import carried
from course.checking.port import subject
from course.checking.probes import Examination, Step, calls, examine, raised
from course.checking.report import Finding
from course.checking.seen import Raised
from course.systems.cluster.errors import NoQuorum, StaleMap
from course.systems.search.errors import BeamTooNarrow


def few(width: int) -> None:
    """Raises ``BeamTooNarrow("ef", width)`` below 1, ``ValueError`` above 9."""
    if width < 1:
        raise BeamTooNarrow("ef", width)
    if width > 9:
        raise ValueError(f"{width} is more than 9")


@examine(few)
def check_few(exam: Examination) -> None:
    @exam.claim("it answers")
    def _(width: Any) -> Iterator[Step]:
        yield from calls(width, (exam.draw.randint(1, 9),), (0,), (-exam.draw.randint(1, 9),), (10,))


def first(raises: Callable[[int], Exception]) -> Finding | None:
    def answer(width: int) -> None:
        if not 1 <= width <= 9:
            raise ValueError if width > 9 else raises(width)

    return check_few(answer).first


class Narrow(BeamTooNarrow):
    """An answer's own class below the one of the course, with more in it."""

    def __init__(self, value: int) -> None:
        super().__init__("ef", value)
        self.self_made = object()


class Said(BeamTooNarrow):
    def __str__(self) -> str:
        return "in words of its own"


class Number(IntEnum):
    NOTHING = 0


@pytest.mark.parametrize(
    "raises",
    [
        lambda width: BeamTooNarrow(value=width, name="ef"),
        lambda width: BeamTooNarrow("ef", value=float(width)),  # type: ignore[arg-type]
        lambda width: BeamTooNarrow("ef", np.int64(width)),  # type: ignore[arg-type]
        lambda width: BeamTooNarrow("ef", width or Number.NOTHING),
        lambda width: Said("ef", width),
        Narrow,
    ],
)
def test_the_same_error_in_another_style_is_right(raises: Callable[[int], Exception]) -> None:
    assert first(raises) is None


@pytest.mark.parametrize(
    ("raises", "name", "expected", "got"),
    [
        (lambda width: BeamTooNarrow("k", width), "name", "'ef'", "'k'"),
        (lambda width: BeamTooNarrow("ef", 1), "value", "0", "1"),
        (lambda width: BeamTooNarrow("ef", object()), "value", "0", "an error without value"),
        (lambda width: BeamTooNarrow("ef", "\x1b[2J" + "x" * 9999), "value", "0", "'\\x1b[2Jxxx"),
        (lambda width: BeamTooNarrow("ef", [[0]]), "value", "0", "an error without value"),
    ],
)
def test_another_argument_is_a_finding_that_shows_it_alone(
    raises: Callable[[int], Exception], name: str, expected: str, got: str
) -> None:
    finding = first(raises)
    assert finding is not None
    assert finding.case == f"answer(0): `{name}` of the BeamTooNarrow"
    assert finding.expected == expected
    assert finding.got.startswith(got)
    assert len(finding.got) <= 500
    assert "raises(width)" in finding.got.splitlines()[-1]


def test_no_error_and_another_class_are_told_what_is_wanted() -> None:
    missed = check_few(lambda width: None).first
    assert missed is not None
    assert (missed.expected, missed.got) == (
        "raises BeamTooNarrow(name='ef', value=0)",
        "no error; it returned None",
    )
    other = first(ValueError)
    assert other is not None
    assert other.expected == "raises BeamTooNarrow(name='ef', value=0)"


def test_an_error_of_python_or_of_its_library_counts_by_its_class() -> None:
    def fail(how: int) -> None:
        if how:
            json.loads("{")
        raise KeyError("a payload")

    own = subject(fail)
    for how, name in enumerate(("KeyError", "JSONDecodeError")):
        error = raised(lambda how=how: own(how))  # type: ignore[misc]
        assert error.names[0] == name
        assert error.carries == {}


def test_floats_are_compared_as_far_as_anybody_reads_them() -> None:
    right = Raised(("NoQuorum",), carries={"need": 0.3, "got": (1, 2)})
    assert Raised(("NoQuorum",), carries={"need": 0.1 + 0.2, "got": [1, 2.0], "more": 1}).right(right)
    assert not Raised(("NoQuorum",), carries={"need": 0.3001, "got": (1, 2)}).right(right)
    assert not Raised(("NoQuorum",), carries={"need": 0.3, "got": (2, 1)}).right(right)
    assert not Raised(("NoQuorum",), carries={"need": True, "got": (1, 2)}).right(
        Raised(("NoQuorum",), carries={"need": 1})
    )


def test_what_an_error_carries_is_small_and_plain() -> None:
    def fail(width: int) -> None:
        error = StaleMap("k" * 9999, 3)
        vars(error).update({f"n{number}": number for number in range(99)}, table={}, _own=1)
        raise error

    error = raised(lambda: subject(fail)(1))
    assert list(error.carries) == ["key", "epoch", *(f"n{number}" for number in range(6))]
    assert len(error.carries["key"]) == 500
    for hostile in (
        None,
        [1],
        {1: 2, "no name": 3, "_own": 4, "deep": [[1]], "long": [0] * 9, "set": {1}},
        {"huge": 10**9999},
    ):
        assert carried(hostile) == {}


def test_an_error_whose_attributes_cannot_be_read_is_still_one() -> None:
    class Odd(NoQuorum):
        def __getattribute__(self, name: str) -> Any:
            if name == "__dict__":
                raise RuntimeError("nothing to see")
            return super().__getattribute__(name)

    def fail() -> None:
        raise Odd(2, 1)

    error = raised(subject(fail))
    assert error.names[0] == "Odd"
    assert error.carries == {}
