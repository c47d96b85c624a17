"""Drill cards as data: what an interviewer asks between two constraints. :mod:`course.interview.drills` draws and runs them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SECONDS = 90
"""What a card gives to answer it."""


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One interruption, answered in free text. ``good`` is shown afterwards.

    ``on`` are the promises for which the card is drawn when one of them broke first, or was the tightest; without any it
    fits every round. ``rounds`` names the only rounds that it may follow; without any it may follow all.
    """

    ask: str
    good: str
    on: tuple[str, ...] = ()
    rounds: tuple[str, ...] = ()

    def follows(self, name: str) -> bool:
        """Whether the card may follow the round of this name."""
        return not self.rounds or name in self.rounds


@dataclass(frozen=True)
class Side:
    """One call whose growth is asked for: ``make(n, *objects)`` gives a function of the objects (each a
    :class:`~course.checking.subject.Subject`) and rows of arguments at size n; it is counted at ``at`` and 4 times that."""

    what: str
    make: Callable[..., tuple[Any, Sequence[Any]]]
    at: int


@dataclass(frozen=True, kw_only=True)
class Complexity(Drill):
    """How the work grows before and after the constraint: an exponent each, counted on the learner's own code."""

    before: Side
    after: Side


@dataclass(frozen=True, kw_only=True)
class Tenfold(Drill):
    """What breaks first when the named values of the load are multiplied: the learner names the promise, and it is run."""

    times: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Production(Drill):
    """How one would know in production that it went wrong, and how it is rolled back."""

    ask: str = "It is live. How would you know within five minutes that this change went wrong, and how do you roll it back?"


@dataclass(frozen=True, kw_only=True)
class Assumed(Drill):
    """What the design rests on that nobody measured."""

    ask: str = "What did you assume just now that you have not measured? Which of it would hurt most if it were false?"


KINDS: Mapping[type[Drill], str] = {
    Complexity: "complexity",
    Tenfold: "ten times",
    Production: "in production",
    Assumed: "assumptions",
}
"""The kinds of cards, in words."""


@dataclass(frozen=True)
class Answer:
    """What was answered to the card that says ``ask``: ``text`` in words, ``exponents`` before and after (complexity), the
    metric that ``breaks`` first (ten times), the ``seconds`` it took. ``met`` are the lines of what was run, kept as they
    were shown, and ``right`` whether it is what was answered (None where nothing is run)."""

    ask: str
    text: str = ""
    exponents: tuple[float, ...] = ()
    breaks: str = ""
    seconds: float = 0.0
    met: tuple[str, ...] = ()
    right: bool | None = None
