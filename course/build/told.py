"""What the known answers of a day were told in a kernel: heard by the gates, and kept for the test that holds it against
what they are told across the wall.
"""

import hashlib
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from course.build.closure import closure, digest
from course.checking.report import Report
from course.checking.seeds import ROOT
from course.files import write_whole
from course.syllabus import Day

if TYPE_CHECKING:
    from course.checking.probes import Plan
    from course.checking.seen import Observed

_FRACTION = re.compile(r"\d+\.\d+(e[+-]?\d+)?|\d+e[+-]?\d+")
KEY, STUB = "the key", "the stub"
FOLDER = ROOT / ".course" / "told"

Told = dict[str, dict[str, Any]]
"""By name of an answer and of a check, what :func:`comparable` leaves of the report."""


def kept(day: Day) -> Told | None:
    """What was kept for ``day``; None where its files are others now."""
    try:
        found = json.loads((FOLDER / f"{day.id}.json").read_bytes())
        told: Told = found["told"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return told if found["content"] == digest(closure(day)) else None


def keep(day: Day, told: Told) -> None:
    """Keep what was told on the day as it is now."""
    data = {"content": digest(closure(day)), "told": told}
    write_whole(FOLDER / f"{day.id}.json", json.dumps(data, indent=1).encode())


def comparable(report: Report, heard: str = "") -> dict[str, Any]:
    """All that a report says but for line numbers, addresses, a limit of time and the power that a growth fits, which may be
    0.1 off between two processes; the likely cause by itself."""
    likely = report.first.likely if report.first else ""
    claims = tuple(
        replace(claim, finding=claim.finding and replace(claim.finding, likely="")) for claim in report.claims
    )
    # What NumPy warns of names the file that it stands in, and the sandbox may hold it at another place.
    text = _without_numbers(replace(report, printed="", claims=claims).text())
    return {
        "claims": [[c.name, c.weight, c.passed, c.finding.kind if c.finding else ""] for c in report.claims],
        "score": report.score,
        "crossings": report.crossings,
        "text": text.splitlines(),
        "likely": likely,
        "heard": heard,
    }


def heard(plan: "Plan", seen: "list[Observed]") -> str:
    """A hash of all that a check saw of an answer, by which a mistake is named: what is right, and what came where it is not.

    Wrong fractions and costs stand for any: one may be read from a clock, and memory is in the other, which no two
    processes have the same."""
    from course.checking.seen import Cost, Seen, agree

    def plain(value: Any, right: Any) -> object:
        if agree(value, right):
            return "right"
        if isinstance(value, Cost):
            return "too much"
        came = _without_numbers(value.told()) if isinstance(value, Seen) else repr(_steady(value))
        return [type(value).__name__, _FRACTION.sub("a fraction", came)]

    steps = [
        [case, plain(value, right[place][1] if place < len(right) else None)]
        for mine, right in zip(seen, plan.expected, strict=True)
        for place, (case, value) in enumerate(mine)
    ]
    return hashlib.sha256(repr(steps).encode("utf-8", "replace")).hexdigest()[:16]


def _steady(value: Any) -> object:
    """``value`` with sets in an order."""
    if type(value) in (list, tuple):
        return [type(value).__name__, *map(_steady, value)]
    if type(value) is dict:
        return [[_steady(key), _steady(item)] for key, item in value.items()]
    return ["set", *sorted(map(repr, value))] if type(value) in (set, frozenset) else value


def _without_numbers(text: str) -> str:
    text = re.sub(r"line \d+ of your cell", "line N of your cell", text)
    text = re.sub(r"got( +)[\d.]+ as power of the size", r"got\1N as power of the size", text)
    text = re.sub(r" at 0x[0-9a-f]+", " somewhere in memory", text)
    return re.sub(r"after [\d.]+ seconds of computing", "after N seconds of computing", text)
