"""Progress, derived from what checks said and from nothing else: ``progress.jsonl`` in the state folder."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from course.checking.report import Report
from course.notebook import journal
from course.notebook.source import cell_text, text_hash
from course.notebook.state import state

FILE = "progress.jsonl"
REVIEW = (timedelta(days=3), timedelta(days=10), timedelta(days=30))
"""How long a day keeps after the first, the second and every later date on which it was worked on."""


@dataclass(frozen=True)
class Attempt:
    """One run of one check, ``time`` of it in UTC. ``texts`` maps each learner's object to the hash of the cell that
    defined it."""

    check: str
    passed: bool
    score: float
    points: float
    texts: dict[str, str]
    time: datetime | None = None

    @property
    def day(self) -> str:
        return self.check.partition("-")[0]


def record(check: str, report: Report, objects: tuple[object, ...]) -> None:
    """Append what check ``check`` (``day04-ring``) said about ``objects``."""
    named = {getattr(target, "__name__", type(target).__name__): cell_text(target) for target in objects}
    journal.append(
        state() / FILE,
        {
            "day": check.partition("-")[0],
            "check": check,
            "passed": report.passed,
            "score": report.score,
            "points": report.points,
            "claims_passed": sum(claim.passed for claim in report.claims),
            "claims": len(report.claims),
            "texts": {name: text_hash(text) for name, text in named.items() if text},
        },
    )


def attempts(folder: Path | None = None) -> list[Attempt]:
    """Every recorded run, oldest first; a line that is none is passed over."""
    lines = journal.read((folder or state()) / FILE)
    return [attempt for attempt in map(_attempt, lines) if attempt is not None]


def _attempt(line: dict[str, Any]) -> Attempt | None:
    match line:
        case {
            "check": str(check),
            "score": float() | int() as score,
            "points": float() | int() as points,
            "texts": dict(texts),
        }:
            passed = line.get("passed") is True
            return Attempt(check, passed, float(score), float(points), texts, _time(line.get("time")))
    return None


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError:
        return None


def best(folder: Path | None = None) -> dict[str, Attempt]:
    """The best run of each check by score: a later, worse run takes nothing away."""
    found: dict[str, Attempt] = {}
    for attempt in attempts(folder):
        before = found.get(attempt.check)
        if before is None or (attempt.score, attempt.passed) > (before.score, before.passed):
            found[attempt.check] = attempt
    return found


def reviews(now: datetime, folder: Path | None = None) -> dict[str, timedelta]:
    """The days that are due for review, each with the time since it was last seen, the longest first.

    A day is seen on each date on which one of its checks ran. It is due when :data:`REVIEW` has passed since the last
    of them: three days after the first date, ten after the second, thirty after every later one.
    """
    seen: dict[str, dict[date, datetime]] = {}
    for attempt in attempts(folder):
        if attempt.time:
            seen.setdefault(attempt.day, {})[attempt.time.date()] = attempt.time
    due = {}
    for day, dates in seen.items():
        since = now - max(dates.values())
        if since >= REVIEW[min(len(dates), len(REVIEW)) - 1]:
            due[day] = since
    return dict(sorted(due.items(), key=lambda item: item[1], reverse=True))


def passes(check: str, name: str, text: str) -> bool:
    """Whether ``check`` passed with object ``name`` defined by exactly the cell whose hash is ``text``."""
    return any(a.passed and a.check == check and a.texts.get(name) == text for a in attempts())
