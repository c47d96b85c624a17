"""Grade on arrival: look into the exchange, collect what is new, grade it, and release its feedback.

All state is where it is anyway: the exchange holds what arrived, ``submitted/`` what was collected, the log what was graded.
So a restart loses nothing, and a burst is worked off in the order of its time stamps.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograde.cohort import Cohort, open_cohort
from autograde.grading import Graded, nbgrader_api
from course.syllabus import NoSuchDay, find


@dataclass(frozen=True)
class Arrival:
    """One submission in the exchange, by the name of its folder there."""

    student: str
    day: str
    stamp: str
    folder: str


def arrivals(api: Any) -> list[Arrival]:
    """Every submission in the exchange to a day of the course, oldest first. A name of another form is passed over."""
    inbound = Path(api.config.Exchange.root) / api.coursedir.course_id / "inbound"
    found = []
    for path in inbound.iterdir() if inbound.is_dir() else ():
        student, *rest = path.name.rsplit("+", 3)
        if len(rest) >= 2 and path.is_dir() and not path.is_symlink():
            try:
                found.append(Arrival(student, find(rest[0]).id, rest[1], path.name))
            except NoSuchDay:
                continue
    return sorted(found, key=lambda each: (each.stamp, each.folder))


def watch(
    *,
    workers: int = 0,
    interval: float = 2.0,
    rounds: int = 0,
    told: Callable[[str], object] = print,
    sleep: Callable[[float], object] = time.sleep,
) -> int:
    """Work off the exchange every ``interval`` seconds, for ever or ``rounds`` times; returns how many were graded.

    A submission that cannot be collected or graded is named with its reason and tried again when it changes; it holds up no
    other. A day's examiners are started at its first arrival and stay warm.
    """
    with ExitStack() as stack:
        return _watch(stack, workers, interval, rounds, told, sleep)


def _watch(
    stack: ExitStack,
    workers: int,
    interval: float,
    rounds: int,
    told: Callable[[str], object],
    sleep: Callable[[float], object],
) -> int:
    api = nbgrader_api()
    cohorts: dict[str, Cohort] = {}
    seen: set[str] = set()
    graded = turns = 0
    while not rounds or turns < rounds:
        if turns:
            sleep(interval)
        turns += 1
        fresh = [each for each in arrivals(api) if each.folder not in seen]
        for day in dict.fromkeys(each.day for each in fresh):
            mine = [each for each in fresh if each.day == day]
            students = list(dict.fromkeys(each.student for each in mine))
            collected = api.collect(day, update=True)
            if not collected["success"]:
                told(f"{day}: not collected: {_last(collected)}")
                continue
            if day not in cohorts:
                cohorts[day] = stack.enter_context(open_cohort(find(day), workers=workers))
            for result in cohorts[day].grade(students):
                graded += 1
                told(_line(day, result, api.release_feedback(day, result.student)))
            seen |= {each.folder for each in mine}
    return graded


def _line(day: str, result: Graded, released: dict[str, Any]) -> str:
    score = sum(verdict.score for verdict in result.verdicts)
    text = f"{day} {result.student}: {score:g} points"
    if result.problem:
        text += f" · {result.problem}"
    return text if released["success"] else f"{text} · feedback not released: {_last(released)}"


def _last(result: dict[str, Any]) -> str:
    lines = [
        line for line in str(result.get("error") or result.get("log") or "").splitlines() if line.strip()
    ]
    return lines[-1][:300] if lines else "nbgrader gave no reason"
