"""Day 9's faults: which promise of the learner's client breaks under which, and by how much."""

from collections.abc import Mapping
from typing import Any

from course.checking.port import subjects
from course.checking.subject import Subject, plain, there
from course.days.day09_failure_handling.service import measure
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.page import Page
from course.systems.cluster.payments import Till

PROMISES = (
    Promise("payments are answered", "share, while the service is there", 0.95, at_least=True, digits=3),
    Promise("others find a slot", "share of other requests", 0.95, at_least=True, digits=3),
    Promise("it comes back", "s after the outage", 10, digits=0),
    Promise("nobody pays twice", "share of bills", 0, digits=4),
    Promise("nobody is left unsure", "share of bills", 0.015, digits=4),
)
TROUBLES: Mapping[str, Mapping[str, float]] = {
    "": {},
    "one call in a hundred fails": {"errors": 0.01},
    "the service is away for ten seconds": {"down": 10.0},
    "a fifth of the calls hangs": {"slow": 0.2},
    "it is away for two seconds of every ten": {"flap": 2.0},
    "some payments honestly take 0.8 s": {"long": 0.08},
}
BILLS, LOST, FULL = 4_000, 0.01, 0.02
FAULTS = (*(name for name in TROUBLES if name), "answers get lost")
BREAKER_S = 5.0  # chosen: a common default of breakers


def under(
    fault: str, expected: Prediction, RetryBudget: object, CircuitBreaker: object, idempotent: object
) -> Page:
    """What the fault does to the learner's own objects: see :func:`~course.notebook.breaking.under_fault`."""
    RetryBudget, CircuitBreaker, idempotent = played("day09", RetryBudget, CircuitBreaker, idempotent)

    def run(fault: str) -> Run:
        def measured(fault: str, open_s: float = 0.0) -> dict[str, float]:
            return _measured(fault, open_s, *subjects(RetryBudget, CircuitBreaker, idempotent))

        with_breaker = {f"with a breaker, {BREAKER_S:.0f} s": measured(fault, BREAKER_S)}
        return Run(PROMISES, measured(""), measured(fault), with_breaker)

    return under_fault(fault, expected, FAULTS, run, RetryBudget, CircuitBreaker, idempotent)


def _measured(
    fault: str, open_s: float, RetryBudget: Subject, CircuitBreaker: Subject, idempotent: Subject
) -> dict[str, float]:
    """Each promise under ``fault``, "" for none: 200 ms of timeout, one retry for ten first tries, and no breaker."""
    trouble = TROUBLES.get(fault, {})
    came = measure(trouble, RetryBudget, CircuitBreaker, timeout=200, budget=0.1, open_s=open_s)
    bills = (
        paid(idempotent, lost=LOST, refused=FULL)
        if fault == "answers get lost"
        else {"twice": 0.0, "unsure": 0.0}
    )
    return {
        "payments are answered": came["present"],
        "others find a slot": came["others"],
        "it comes back": came["recovery"] if "down" in trouble else 0.0,
        "nobody pays twice": bills["twice"],
        "nobody is left unsure": bills["unsure"],
    }


def paid(idempotent: Subject, *, lost: float, refused: float) -> dict[str, float]:
    """What becomes of :data:`BILLS` bills that are paid with the learner's `idempotent`."""
    till: Any = there(idempotent, Till)(idempotent)
    shares: dict[str, float] = plain(till.pay(BILLS, lost=lost, refused=refused), dict[str, float])
    return shares
