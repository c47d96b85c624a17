"""The transcript as files beside the notebook: ``interview-transcript.md`` to read, ``interview-transcript.json`` as data."""

import json
import math
from pathlib import Path
from typing import Any

from course.files import write_whole
from course.interview.outcome import Judgement, Outcome
from course.interview.said import Notes
from course.interview.scenario import Round, Slo
from course.interview.scorecard import scorecard, traits
from course.interview.session import Session
from course.notebook.screens.pages import transcript

NAME = "interview-transcript"


def as_data(session: Session, notes: Notes) -> dict[str, Any]:
    """The whole play as plain data; once it is finished, with the reference's designs and their least slack.

    A number that is not finite is a string (``"inf"``), as JSON has none.
    """
    scenario = session.scenario
    scores = scorecard(session, notes).rounds if session.state.done else ()
    return {
        "scenario": scenario.id,
        "title": scenario.title,
        "opening": scenario.opening,
        "finished": session.state.done,
        "asked": [{"question": asked.question, "after_moves": asked.after} for asked in notes.asked],
        "rounds": [_round(number, reached) for number, reached in enumerate(session.reached, start=1)],
        "moves": [_move(outcome, notes) for outcome in session.outcomes],
        "answers": dict(notes.answers),
        "voiced": dict(notes.voiced),
        "notes": notes.text,
        "traits": [
            {"trait": trait.name, "evidence": list(trait.evidence)} for trait in traits(session, notes)
        ],
        "reference": [
            {
                "round": score.round.name,
                "design": dict(score.reference),
                "least_slack": _verdict(score.its_tightest) if score.its_tightest else None,
            }
            for score in scores
        ],
    }


def save(session: Session, notes: Notes, folder: Path) -> tuple[Path, Path]:
    """Write both files into ``folder``, each whole or not at all. Raises OSError."""
    readable, data = folder / f"{NAME}.md", folder / f"{NAME}.json"
    write_whole(readable, str(transcript(session, notes)).encode("utf-8", "replace"))
    text = json.dumps(as_data(session, notes), indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(data, text.encode("utf-8", "replace"))
    return readable, data


def _round(number: int, reached: Round) -> dict[str, Any]:
    return {
        "number": number,
        "name": reached.name,
        "line": reached.line,
        "budget": [_slo(slo) for slo in reached.slos],
        "relaxes": list(reached.relaxes),
    }


def _move(outcome: Outcome, notes: Notes) -> dict[str, Any]:
    said = notes.said(outcome)
    broke = outcome.broke
    return {
        **outcome.move,
        "attempt": outcome.attempt,
        "give_or_take": said.give_or_take,
        "said_breaks": said.breaks,
        "measured": {metric: _number(value) for metric, value in outcome.measured.items()},
        "verdicts": [_verdict(verdict) for verdict in outcome.verdicts],
        "held": outcome.passed,
        "broke_first": {"metric": broke.slo.metric, "round": broke.round} if broke else None,
        "log2_miss": outcome.calibration,
        "interviewer": outcome.line,
    }


def _verdict(verdict: Judgement) -> dict[str, Any]:
    return {
        "round": verdict.round,
        **_slo(verdict.slo),
        "measured": _number(verdict.measured),
        "held": verdict.held,
        "slack": _number(verdict.slack),
    }


def _slo(slo: Slo) -> dict[str, Any]:
    return {
        "metric": slo.metric,
        "name": slo.name,
        "bound": "at most" if slo.at_most else "at least",
        "limit": slo.limit,
        "unit": slo.unit,
    }


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)
