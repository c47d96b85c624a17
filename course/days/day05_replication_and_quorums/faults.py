"""Day 5's faults: which promise of the learner's store breaks under which, and by how much."""

from collections.abc import Mapping
from typing import Any

from course.checking.errors import SubjectError
from course.checking.port import subjects
from course.checking.subject import Subject, plain
from course.days.day05_replication_and_quorums.store import lost
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.page import Page
from course.systems.cluster.staleness import measured

PROMISES = (
    Promise("what was saved is seen", "share of reads at once that miss it", 0.001, digits=3),
    Promise("no edit is lost", "share of two writers' increments that are gone", 0),
    Promise("never new, then old", "of 60 pairs of reads after a write that reached one copy", 0, digits=0),
    Promise("writes in time", "99th percentile, ms", 32, digits=1),
)
COUNTING: Mapping[str, Mapping[str, Any]] = {
    "two people edit": {},
    "a watch is 50 ms ahead": {"ahead": 50.0},
    "one copy is asked, and a client forgets": {"session": False, "r": 1, "w": 1},
}
"""How the two writers count; without one of these faults a single person edits."""
STORING: Mapping[str, Mapping[str, Any]] = {
    "one replica lags": {"lag": 30.0},
    "a stand-in takes the write": {"stand_in": True},
    "one copy is asked, and a client forgets": {"r": 1, "w": 1},
}
FAULTS = (
    "one replica lags",
    "a stand-in takes the write",
    "two people edit",
    "a watch is 50 ms ahead",
    "a write fails halfway",
    "one copy is asked, and a client forgets",
)
PAIRS = 60


def under(fault: str, expected: Prediction, reconcile: object, Quorum: object) -> Page:
    """What the fault does to the learner's own objects: see :func:`~course.notebook.breaking.under_fault`."""
    reconcile, Quorum = played("day05", reconcile, Quorum)

    def run(fault: str) -> Run:
        own = subjects(reconcile, Quorum)
        return Run(PROMISES, _measured("", *own), _measured(fault, *own))

    return under_fault(fault, expected, FAULTS, run, reconcile, Quorum)


def _measured(fault: str, reconcile: Subject, Quorum: Subject) -> dict[str, float]:
    """Each promise under ``fault``, "" for none: three copies, of which two are asked and two acknowledge."""
    stored: dict[str, Any] = {"copies": 3, "r": 2, "w": 2, **STORING.get(fault, {})}
    counted = COUNTING.get(fault)
    found = measured(**stored)
    return {
        "what was saved is seen": found["stale"],
        "no edit is lost": 0.0 if counted is None else lost(reconcile, **counted),
        "never new, then old": float(new_then_old(Quorum, halfway=fault == "a write fails halfway")),
        "writes in time": found["write99"],
    }


def new_then_old(Quorum: Subject, *, halfway: bool) -> int:
    """Of :data:`PAIRS` stores, in how many one reader sees a write and the next one does not.

    ``halfway``: two of three replicas were down at the write, so that it failed and is on one of them; else none were, and it
    was acknowledged.
    """
    found = 0
    for seed in range(PAIRS):
        store = Quorum(3, 2, 2, seed=seed)
        store.network.fail([1, 2] if halfway else [])
        _write(store)
        store.network.fail([])
        first, then = (bool(plain(store.read("k"), list[dict[str, Any]])) for _ in range(2))
        found += first and not then
    return found


def _write(store: Any) -> None:
    try:
        store.write("k", "new", [], "ann", 0.0)
    except SubjectError as error:
        if "NoQuorum" not in error.names:
            raise
