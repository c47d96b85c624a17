"""Day 4's faults: which promise of the learner's ring breaks under which, and by how much."""

from collections.abc import Mapping
from typing import Any

from course.checking.port import subjects
from course.checking.subject import Subject, each
from course.days.day04_consistent_hashing.fleet import CLIENT, measure
from course.days.day04_consistent_hashing.interview import BUSIEST, DATABASE, STEADY
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.page import Page

FAULTS: Mapping[str, Mapping[str, float]] = {
    "a server dies": STEADY | {"dies": 1},
    "a server joins": STEADY | {"joins": 1},
    "sizes are mixed": STEADY | {"mixed": 1},
    "a celebrity key": STEADY | {"celebrity": 0.06},
    "ten times the servers": STEADY | {"servers": 240, "sample": 30},
}
PROMISES = (
    Promise("few keys move", "share of all keys that change owner", 0.10),
    Promise("the even load", "busiest server ÷ its fair share", BUSIEST.limit),
    Promise("the database", "reads ÷ what it serves", DATABASE.limit),
)
DESIGN: Mapping[str, Any] = {"vnodes": 100, "bound": 0, "copies": 1, "lookup": CLIENT}


def under(fault: str, expected: Prediction, Ring: object, bounded: object, hold: object) -> Page:
    """What the fault does to the learner's own ring: see :func:`~course.notebook.breaking.under_fault`."""
    Ring, bounded, hold = played("day04", Ring, bounded, hold)

    def run(fault: str) -> Run:
        ring, bound, held = subjects(Ring, bounded, hold)
        before, after = (measure(DESIGN, load, ring, bound, held) for load in (STEADY, FAULTS[fault]))
        moved = _moved(ring, fault)
        return Run(
            PROMISES,
            {"few keys move": 0.0, "the even load": before["busiest"], "the database": before["database"]},
            {"few keys move": moved, "the even load": after["busiest"], "the database": after["database"]},
        )

    return under_fault(fault, expected, FAULTS, run, Ring, bounded, hold)


def _moved(ring: Subject, fault: str) -> float:
    """The share of keys that change owner in the fault itself, on 24 servers."""
    if fault not in ("a server dies", "a server joins"):
        return 0.0
    keys = [f"user:{i}" for i in range(5000)]
    own: Subject = ring(int(DESIGN["vnodes"]))
    each(own.add, [f"cache-{i:03d}" for i in range(24)])
    before = each(own.lookup, keys, as_=str)
    if fault == "a server dies":
        own.remove("cache-007")
    else:
        own.add("cache-024")
    after = each(own.lookup, keys, as_=str)
    return sum(map(str.__ne__, before, after)) / len(keys)
