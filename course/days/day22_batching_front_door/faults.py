"""Day 22's faults: what each does to the learner's store, batcher and queue."""

from collections.abc import Mapping

from course.checking.port import subjects
from course.checking.subject import Subject, plain, there
from course.days.day22_batching_front_door.interview import BUSY, DOCUMENTS, FLOOD, STEADY, measured
from course.interview.scenario import Design
from course.notebook.breaking import Measures, Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.page import Page
from course.systems.serving.returning import OTHERS, THIRD, Returning

DESIGN: Design = {"wait": 0, "budget": 512, "pick": "fair"}
PROMISES = (
    Promise("one answer each", "share of callers who are not told exactly once", 0, digits=3),
    Promise("one job a text", "jobs for each text that was taken in", 1, digits=3),
    Promise("the small teams", "time to the answer, p99, all teams but the largest, ms", 250, digits=0),
    Promise("little padding", "share of what is computed that is padding", 0.4),
    Promise("no team takes all", "output tokens of the team that comes back, share of all", 0.5),
)
MEASURES = ("wrong", "jobs", "small", "waste")
LOADS: Mapping[str, Mapping[str, float]] = {
    "one team sends 250 at once": FLOOD,
    "one text in a hundred is a document": DOCUMENTS,
    "140 texts a second": BUSY,
    "callers send again after a second": FLOOD | {"timeout_ms": 1000},
    "every pass reports twice": STEADY | {"twice": 1},
}
BACK = "a team comes back after an hour"
FAULTS = (*LOADS, BACK)
BESIDE: Mapping[str, Mapping[str, Design]] = {
    "one team sends 250 at once": {"by arrival": {"pick": "arrival"}, "nearest in length": {"pick": "near"}},
    "140 texts a second": {
        "nearest in length": {"pick": "near"},
        "by arrival, 4,096": {"pick": "arrival", "budget": 4096},
    },
}
"""Designs that stand beside a fault's."""
QUIET, RUSH = 0.7, 1.1  # chosen: of what the engine can do; somebody waits hardly ever, and always


def under(fault: str, expected: Prediction, Store: object, Batcher: object, Queue: object) -> Page:
    """What the fault does to the learner's own objects: see :func:`~course.notebook.breaking.under_fault`."""
    Store, Batcher, Queue = played("day22", Store, Batcher, Queue)

    def run(fault: str) -> Run:
        own = subjects(Store, Batcher, Queue)
        before = {**_door(DESIGN, STEADY, *own), "no team takes all": _back(own[2], RUSH)}
        if fault == BACK:
            return Run(PROMISES, before, {**before, "no team takes all": _back(own[2], QUIET)})
        load = LOADS[fault]
        beside: dict[str, Measures] = {
            name: {**before, **_door({**DESIGN, **other}, load, *own)}
            for name, other in BESIDE.get(fault, {}).items()
        }
        if "timeout_ms" in load:
            beside["a new key each time"] = {**before, **_door(DESIGN, {**load, "new_keys": 1}, *own)}
        return Run(PROMISES, before, {**before, **_door(DESIGN, load, *own)}, beside=beside)

    return under_fault(fault, expected, FAULTS, run, Store, Batcher, Queue)


def _door(
    design: Design,
    load: Mapping[str, float],
    Store: Subject,
    Batcher: Subject,
    Queue: Subject,
) -> dict[str, float]:
    found = measured(design, load, Store, Batcher, Queue)
    return {promise.name: found[name] for promise, name in zip(PROMISES, MEASURES, strict=False)}


def _back(Queue: Subject, load: float) -> float:
    """The share of output tokens that goes to a team that comes back, while the others send ``load``."""
    found: dict[str, float] = plain(there(Queue, Returning)(Queue).measure(load), dict[str, float])
    return found[THIRD] / (found[THIRD] + sum(found[name] for name in OTHERS))
