"""What a player says besides the moves: the plan before the knobs, notes, spoken answers, questions asked, answers to
drill cards, and what a run was expected to break.

It is shown in the transcript and on the scorecard, and is no part of any grade.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from course.checking.report import cut
from course.interview.before import LOCKED, NO_PLAN, SKIPPED, Plan
from course.interview.cards import Answer
from course.interview.clock import STANDING, Clock
from course.interview.outcome import Outcome
from course.interview.scenario import Value

MAX_TEXT = 20_000
"""Characters of one text."""
NOTHING = "nothing"
"""Said in place of a metric: every promise will hold."""


@dataclass(frozen=True)
class Said:
    """What was said before a run: the metric that will break first (:data:`NOTHING` for none, "" where it was not
    said), and by how much the prediction may be off, in its own unit (None where it was not said)."""

    breaks: str = ""
    give_or_take: float | None = None

    def __bool__(self) -> bool:
        return bool(self.breaks) or self.give_or_take is not None

    def foresaw(self, outcome: Outcome) -> bool:
        """Whether ``breaks`` is what broke first."""
        broke = outcome.broke_first
        return self.breaks == (broke.metric if broke else NOTHING)

    def covers(self, outcome: Outcome) -> bool:
        """Whether the measurement lies within the interval that was given."""
        return self.give_or_take is not None and abs(outcome.result - outcome.predicted) <= self.give_or_take


UNSAID = Said()


@dataclass(frozen=True)
class Asked:
    """A clarifying question, and how many moves were measured before it was asked."""

    question: str
    after: int


@dataclass(frozen=True)
class Notes:
    """Everything said. ``answers`` maps a round's name to the spoken answer in it, ``voiced`` to what the optional
    voice replied, ``drills`` to the answer to the card after it; ``before`` maps a move (round and design, see
    :func:`key`) to what was said before it ran; ``plan`` is what was written before the knobs."""

    text: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    voiced: Mapping[str, str] = field(default_factory=dict)
    asked: tuple[Asked, ...] = ()
    before: Mapping[str, Said] = field(default_factory=dict)
    clock: Clock = STANDING
    plan: Plan = NO_PLAN
    drills: Mapping[str, Answer] = field(default_factory=dict)

    def said(self, outcome: Outcome) -> Said:
        """What was said before this move ran."""
        return self.before.get(key(outcome.number, outcome.design), UNSAID)

    def as_data(self) -> dict[str, Any]:
        return {
            "notes": self.text,
            "answers": dict(self.answers),
            "voiced": dict(self.voiced),
            "asked": [{"question": each.question, "after": each.after} for each in self.asked],
            "before": {
                move: {"breaks": said.breaks, "give_or_take": said.give_or_take}
                for move, said in self.before.items()
            },
            "clock": {"spent": self.clock.spent, "since": self.clock.since},
            "plan": asdict(self.plan),
            "drills": {name: asdict(answer) for name, answer in self.drills.items()},
        }


NO_NOTES = Notes()


def key(number: int, design: Mapping[str, Value]) -> str:
    """A move's name: its round and its design."""
    return f"{number} {json.dumps(dict(design), sort_keys=True)}"


def read(data: object) -> Notes:
    """Notes from a file's data; what is not of the form is left out."""
    if not isinstance(data, dict):
        return NO_NOTES
    before = {
        cut(move, 1000): Said(_text(said.get("breaks"), 200), _number(said.get("give_or_take")))
        for move, said in _pairs(data.get("before"))
        if isinstance(said, dict)
    }
    asked = data.get("asked")
    clock = data.get("clock")
    clock = clock if isinstance(clock, dict) else {}
    return Notes(
        _text(data.get("notes")),
        _texts(data.get("answers")),
        _texts(data.get("voiced")),
        tuple(
            Asked(_text(each.get("question"), 500), int(_number(each.get("after")) or 0))
            for each in (asked if isinstance(asked, list) else [])[:50]
            if isinstance(each, dict)
        ),
        before,
        Clock(max(0.0, _number(clock.get("spent")) or 0.0), _number(clock.get("since"))),
        _plan(data.get("plan")),
        {
            cut(name, 200): _answer(found)
            for name, found in _pairs(data.get("drills"))
            if isinstance(found, dict)
        },
    )


def _plan(data: object) -> Plan:
    if not isinstance(data, dict):
        return NO_PLAN
    state = data.get("state")
    numbers = {cut(name, 200): _number(value) for name, value in _pairs(data.get("estimates"))}
    return Plan(
        _text(data.get("clarify")),
        {name: value for name, value in numbers.items() if value is not None},
        _text(data.get("data")),
        _text(data.get("path")),
        state if state in (LOCKED, SKIPPED) else "",
        max(0.0, _number(data.get("seconds")) or 0.0),
        _number(data.get("since")),
    )


def _answer(data: Mapping[str, Any]) -> Answer:
    exponents, met, right = data.get("exponents"), data.get("met"), data.get("right")
    numbers = [_number(value) for value in (exponents if isinstance(exponents, list | tuple) else ())[:2]]
    return Answer(
        _text(data.get("ask"), 1000),
        _text(data.get("text")),
        tuple(value for value in numbers if value is not None),
        _text(data.get("breaks"), 200),
        max(0.0, _number(data.get("seconds")) or 0.0),
        tuple(_text(line, 1000) for line in (met if isinstance(met, list | tuple) else ())[:10]),
        right if isinstance(right, bool) else None,
    )


def _text(value: object, limit: int = MAX_TEXT) -> str:
    return cut(value, limit) if isinstance(value, str) else ""


def _texts(value: object) -> dict[str, str]:
    return {cut(name, 200): text for name, found in _pairs(value) if (text := _text(found))}


def _number(value: object) -> float | None:
    if type(value) not in (int, float):
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _pairs(value: object) -> list[tuple[str, Any]]:
    return list(value.items())[:500] if isinstance(value, dict) else []
