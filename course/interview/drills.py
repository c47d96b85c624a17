"""Drill cards: which one follows a passed round, and what an answer met. The cards are data, :mod:`course.interview.cards`."""

import functools
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from course.checking.seen import exponent
from course.interview.cards import Answer, Complexity, Drill, Side, Tenfold
from course.interview.outcome import Judgement, Outcome, broken_first
from course.interview.said import NOTHING
from course.interview.scenario import Design, Round
from course.interview.session import Session
from course.interview.words import limit, measured

LEAST = 40
"""Work that is told from none: a call of a few lines does not grow by what it happens to allocate."""
CLOSE = 0.25
"""An exponent within this of the fitted one is right."""


def drawn(session: Session) -> dict[int, Drill]:
    """The card after each passed round, by its number, while cards last.

    What broke first in the round chooses among those that are left, or what was tightest where nothing broke; the seed,
    which is the design that passed, draws one of them. The same play always meets the same cards.
    """
    left, found = list(session.scenario.drills), {}
    for passing in (made for made in session.outcomes if made.passed):
        metric = _pressed(session, passing)
        may = [drill for drill in left if drill.follows(passing.round.name)]
        fitting = [drill for drill in may if metric in drill.on] or [drill for drill in may if not drill.on]
        if fitting:
            seed = f"{session.scenario.id} {passing.number} {sorted(passing.design.items())}"
            drill = random.Random(seed).choice(fitting)
            left.remove(drill)
            found[passing.number] = drill
    return found


def _pressed(session: Session, passing: Outcome) -> str:
    broke = next((made.broke_first for made in session.outcomes if made.number == passing.number), None)
    slo = broke or (passing.tightest.slo if passing.tightest else None)
    return slo.metric if slo else ""


def judged(drill: Drill, answer: Answer, session: Session, passing: Outcome) -> Answer:
    """``answer`` with what it met: the exponents of the player's own code, or what broke first at ten times the load.

    Raises whatever the player's own objects raise.
    """
    if isinstance(drill, Complexity):
        objects = session.reference if passing.on_reference else session.subjects
        fitted = exponents(drill, objects)
        near = [abs(said - found) <= CLOSE for said, found in zip(answer.exponents, fitted, strict=False)]
        lines = [
            f"{side.what}: exponent {found:.2f}, counted at {side.at:,} and {4 * side.at:,}"
            for side, found in zip((drill.before, drill.after), fitted, strict=True)
        ]
        return replace(answer, met=tuple(lines), right=len(near) == len(fitted) and all(near))
    if isinstance(drill, Tenfold):
        verdict = tenfold(drill, session, passing.round, passing.design, on_reference=passing.on_reference)
        what = (
            f"{verdict.slo.name}, {measured(verdict)} against {limit(verdict.slo)}" if verdict else "nothing"
        )
        first = verdict.slo.metric if verdict else NOTHING
        return replace(
            answer,
            met=(f"Run with that load, your design breaks first: {what}.",),
            right=answer.breaks == first,
        )
    return answer


def exponents(drill: Complexity, objects: Sequence[Any]) -> tuple[float, float]:
    """The fitted exponents before and after, counted where ``objects`` live. Raises what they raise."""

    def fit(side: Side) -> float:
        return exponent(functools.partial(_made, side, objects), side.at, least=LEAST)

    return fit(drill.before), fit(drill.after)


def _made(side: Side, objects: Sequence[Any], size: int) -> tuple[Any, Sequence[Any]]:
    return side.make(size, *objects)


def tenfold(
    drill: Tenfold, session: Session, under: Round, design: Design, *, on_reference: bool = False
) -> Judgement | None:
    """What breaks first in ``under`` with its load multiplied; None where every promise of the round holds."""
    load: Mapping[str, float | str] = {
        key: value * drill.times[key] if key in drill.times and not isinstance(value, str) else value
        for key, value in under.load.items()
    }
    larger = replace(under, load=load)
    return broken_first(session.judge(design, (larger,), on_reference=on_reference))
