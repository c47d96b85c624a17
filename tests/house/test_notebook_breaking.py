"""Section 5's table: promises before the guess, and under a fault. A second."""

from collections.abc import Callable
from typing import Any

import pytest

from course.checking.port import subjects
from course.notebook.breaking import FIRST, Promise, Run, promised, under_fault
from course.notebook.predictions import Prediction

EVEN = Promise("the even load", "busiest server ÷ its fair share", 1.4)
FOUND = Promise("everybody is found", "share that find themselves", 0.99, at_least=True, digits=3)
COST = Promise("cost", "distances a query", 1.5, relative=True, digits=0)
PROMISES = (EVEN, FOUND, COST)
BEFORE = {"the even load": 1.2, "everybody is found": 1.0, "cost": 1000.0}
FAULTS = ("a server dies", "a server joins")
GUESS = Prediction("day04", "which promise breaks", "cost")


def run_to(**after: float) -> Callable[[str], Run]:
    return lambda fault: Run(
        PROMISES, BEFORE, BEFORE | {name.replace("_", " "): value for name, value in after.items()}
    )


class Ring:
    def add(self, node: str) -> None:
        raise NotImplementedError("your code here")


def rows(text: str) -> dict[str, list[str]]:
    """The table's cells by promise."""
    return {
        promise.name: next(line for line in text.splitlines() if promise.name in line).split("  ")
        for promise in PROMISES
    }


def test_the_limits_stand_before_the_guess() -> None:
    lines = [" ".join(line.split()) for line in promised(PROMISES).text().splitlines()]
    assert lines[-3:] == [
        "the even load busiest server ÷ its fair share ≤ 1.40",
        "everybody is found share that find themselves ≥ 0.990",
        "cost distances a query ≤ 1.5 × before",
    ]


@pytest.mark.parametrize(
    ("after", "broken"),
    [
        ({}, []),
        ({"the_even_load": 1.4}, []),
        ({"the_even_load": 1.41}, ["the even load"]),
        ({"cost": 1500.0}, []),
        ({"everybody_is_found": 0.98, "cost": 1501.0}, ["everybody is found", "cost"]),
        ({"cost": float("nan")}, ["cost"]),
    ],
)
def test_a_promise_breaks_beyond_its_limit_and_no_earlier(after: dict[str, float], broken: list[str]) -> None:
    assert run_to(**after)("a server dies").broken == broken
    page = under_fault("a server dies", GUESS, FAULTS, run_to(**after))
    assert f"You expected: cost. What broke: {' and '.join(broken) or 'nothing'}." in page.text()
    assert page.text().count("BROKE") == len(broken)
    assert page.state == ("open" if broken else "passed")


def test_before_after_and_limit_stand_beside_each_other() -> None:
    text = under_fault("a server dies", GUESS, FAULTS, run_to(cost=1234.4)).text()
    assert [cell.strip() for cell in rows(text)["cost"] if cell.strip()] == [
        "held",
        "cost",
        "distances a query",
        "≤ 1,500",
        "1,000",
        "1,234",
    ]


@pytest.mark.parametrize(
    ("fault", "guess", "words"),
    [
        ("rain", GUESS, 'There is no fault \'rain\'; give one of "a server dies", "a server joins".'),
        (["a server dies"], GUESS, "There is no fault"),
        (..., GUESS, "There is no fault"),
        ("a server dies", Prediction("day04", "which", None), "Say first which promise you expect to break"),
        ("a server dies", None, "Say first which promise you expect to break"),
    ],
)
def test_without_a_fault_or_a_guess_nothing_runs(fault: Any, guess: Any, words: str) -> None:
    page = under_fault(fault, guess, FAULTS, lambda fault: pytest.fail("it ran"))
    assert words in " ".join(page.text().split())


def test_an_unwritten_function_is_named_before_anything_runs() -> None:
    page = under_fault("a server dies", GUESS, FAULTS, lambda fault: pytest.fail("it ran"), Ring)
    assert f"Ring.add is not written yet; {FIRST}." in " ".join(page.text().split())


def test_what_the_learners_objects_raise_is_said_in_a_sentence() -> None:
    def boom() -> None:
        raise KeyError("<b>user:1</b>")

    def run(fault: str) -> Run:
        subjects(boom)[0]()
        raise AssertionError

    page = under_fault("a server dies", GUESS, FAULTS, run)
    assert page.title == "Not run"
    assert "KeyError" in page.text()
    assert "<b>user" not in page.html()

    def refused(fault: str) -> Run:
        raise ValueError("no such slot")

    assert (
        "The run stopped: ValueError: no such slot"
        in under_fault("a server dies", GUESS, FAULTS, refused).text()
    )
