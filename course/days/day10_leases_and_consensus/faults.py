"""Day 10's faults: which promise breaks under which, on the learner's own fence, votes and commits."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from course.checking.port import subjects
from course.checking.subject import Subject, plain, there
from course.days.day10_leases_and_consensus.service import measure
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.page import Page
from course.systems.cluster.ownership import Hours
from course.systems.cluster.schedules import Schedules

PROMISES = (
    Promise("one writer at a time", "writes a day by an owner that was replaced", 0, digits=1),
    Promise("an owner again", "s without one after a death, 99th percentile", 25, digits=1),
    Promise("a majority is there", "minutes a year without", 10, digits=1),
    Promise("a grant is quick", "ms, 99th percentile", 30, digits=1),
    Promise(
        "what is committed stays", "shortest of all schedules that lose an entry; 0 is none", 0, digits=0
    ),
)
CALM = Hours()
HOURS: Mapping[str, Hours] = {
    "clocks drift apart by 2%": replace(CALM, drift=0.02),
    "owners pause for seconds": replace(CALM, pause_s=0.4, spread=1.2),  # chosen: as in the rounds
    "clocks drift apart by 5%": replace(CALM, drift=0.05),
    "a clock jumps by two seconds": replace(CALM, step_s=2.0, early=10.0),  # chosen: as in the rounds
    "a region is away for four hours a year": replace(CALM, region=0.0005),
    "regions are three times as far": replace(CALM, far=3.0),
}
OLD_LEADER = "an old leader comes back"
FAULTS = (*HOURS, OLD_LEADER)
EVENTS = 8
"""Of the schedules that are tried."""
LEASE_S, MARGIN_S, SERVICE = 20.0, 0.5, 3  # chosen: the design that the faults find


def under(fault: str, expected: Prediction, Fence: object, grant_vote: object, commit_index: object) -> Page:
    """What the fault does to the learner's own objects: see :func:`~course.notebook.breaking.under_fault`."""
    Fence, grant_vote, commit_index = played("day10", Fence, grant_vote, commit_index)

    def run(fault: str) -> Run:
        own = subjects(Fence, grant_vote, commit_index)
        open_store = {"if the store asks nobody": _measured(fault, None, *own[1:])}
        return Run(PROMISES, _measured("", *own), _measured(fault, *own), open_store)

    return under_fault(fault, expected, FAULTS, run, Fence, grant_vote, commit_index)


def _measured(
    fault: str, Fence: Subject | None, grant_vote: Subject, commit_index: Subject
) -> dict[str, float]:
    """Each promise under ``fault``, "" for none."""
    found = measure(LEASE_S, MARGIN_S, SERVICE, HOURS.get(fault, CALM), Fence)
    return {
        "one writer at a time": found["wrong"],
        "an owner again": found["gap"],
        "a majority is there": found["down"],
        "a grant is quick": found["grant"],
        "what is committed stays": _lost(grant_vote, commit_index) if fault == OLD_LEADER else 0.0,
    }


def _lost(grant_vote: Subject, commit_index: Subject) -> float:
    """Events of the shortest schedule in which the learner's two rules lose or split a committed entry."""
    search: Any = there(grant_vote, Schedules)(grant_vote, commit_index, terms=5, entries=2)
    told: dict[str, Any] = plain(search.told(EVENTS), dict[str, Any])
    return float(told["events"])
