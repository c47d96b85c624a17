"""Section 5, Break: what a fault does to the promises of a day, on the learner's own objects."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from course.checking.answering import stubs
from course.checking.errors import SubjectError
from course.checking.report import cut
from course.notebook.predictions import Prediction
from course.notebook.screens.blocks import Block, Grid, Text
from course.notebook.screens.page import Page

FIRST = 'finish section 4 first, or run start(..., play="reference") in a cell under the first one'
"""What is to be done where a function is not written."""
Measures = Mapping[str, float]
"""What was measured, by the name of the promise about it."""


@dataclass(frozen=True)
class Promise:
    """A promise about one measure: ``what``, in words and with its unit, is at most ``limit``, or ``at_least`` it.

    A ``relative`` limit is a multiple of what was measured before the fault. Numbers are shown with ``digits`` after
    the point.
    """

    name: str
    what: str
    limit: float
    at_least: bool = False
    relative: bool = False
    digits: int = 2

    def limit_after(self, before: float) -> float:
        """The limit, where the measure was ``before`` without a fault."""
        return self.limit * before if self.relative else self.limit

    def kept(self, before: float, after: float) -> bool:
        """Whether the promise holds under the fault; NaN keeps none."""
        limit = self.limit_after(before)
        return after >= limit if self.at_least else after <= limit

    def said(self, limit: float) -> str:
        """``limit`` in words."""
        return f"{'≥' if self.at_least else '≤'} {self.shown(limit)}"

    def shown(self, value: float) -> str:
        return f"{value:,.{self.digits}f}"


@dataclass(frozen=True)
class Run:
    """What a fault did. ``also`` stands after the table; ``beside`` are more columns, by their heads."""

    promises: Sequence[Promise]
    before: Measures
    after: Measures
    beside: Mapping[str, Measures] = field(default_factory=dict)
    also: Sequence[Block] = ()

    @property
    def broken(self) -> list[str]:
        """The promises that do not hold under the fault."""
        return [
            promise.name
            for promise in self.promises
            if not promise.kept(self.before[promise.name], self.after[promise.name])
        ]


def promised(promises: Sequence[Promise]) -> Page:
    """The promises with their limits: what stands before the guess."""
    rows = tuple(
        (
            promise.name,
            promise.what,
            f"{'≥' if promise.at_least else '≤'} {promise.limit:g} × before"
            if promise.relative
            else promise.said(promise.limit),
        )
        for promise in promises
    )
    return Page("What is promised", (Grid(("promise", "measured as", "limit"), rows, frozenset({2})),))


def under_fault(
    fault: object, expected: object, faults: Collection[str], run: Callable[[str], Run], *own: object
) -> Page:
    """What ``fault`` does to the learner's ``own`` objects: each promise before and after, whether it broke, and what
    was expected.

    Nothing is run without a prediction, for a fault that is none of ``faults``, and while one of ``own`` has an
    unwritten function. What they raise is said in a sentence.
    """
    if type(fault) is not str or fault not in faults:
        known = ", ".join(f'"{name}"' for name in faults)
        return _not_run(f"There is no fault {cut(repr(fault), 60)}; give one of {known}.")
    if not isinstance(expected, Prediction) or expected.value is None:
        return _not_run(
            "Say first which promise you expect to break, in the cell above; then run this one again."
        )
    if unwritten := [name for target in own for name in stubs(target)]:
        return _not_run(f"{unwritten[0]} is not written yet; {FIRST}.")
    try:
        done = run(fault)
    except Exception as error:
        return _not_run(why(error))
    broken = done.broken
    rows = []
    for promise in done.promises:
        before = done.before[promise.name]
        values = (
            before,
            done.after[promise.name],
            *(column[promise.name] for column in done.beside.values()),
        )
        state = "BROKE" if promise.name in broken else "held"
        limit = promise.said(promise.limit_after(before))
        rows.append((state, promise.name, promise.what, limit, *map(promise.shown, values)))
    head = ("outcome", "promise", "measured as", "limit", "before", "after", *done.beside)
    came = Text(
        f"You expected: {expected.value}. What broke: {' and '.join(broken) or 'nothing'}.", strong=True
    )
    grid = Grid(head, tuple(rows), frozenset(range(3, len(head))))
    return Page(f"Fault: {fault}", (grid, came, *done.also), "open" if broken else "passed")


def why(error: Exception) -> str:
    """Why a run on the learner's own objects came to nothing, in a sentence."""
    if isinstance(error, SubjectError):
        if error.unwritten:
            return f"{error.function} is not written yet; {FIRST}."
        return error.describe()
    return f"The run stopped: {type(error).__name__}: {cut(error, 200)}; the check in section 4 says more."


def _not_run(reason: str) -> Page:
    return Page("Not run", (Text(reason, strong=True),), "open")
