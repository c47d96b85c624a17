"""Day 8's faults: what each does to the learner's bucket, line and limit."""

from collections.abc import Mapping

from course.checking.port import subjects
from course.checking.subject import Subject, plain, there
from course.days.day08_overload.interview import ABUSE, CALM, FAILING, SPIKE, measured
from course.notebook.breaking import Measures, Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.page import Page
from course.systems.cluster.crowd import Shedding
from course.systems.cluster.limited import Limited

PROMISES = (
    Promise(
        "people are answered", "share of people's requests answered in time", 0.95, at_least=True, digits=3
    ),
    Promise("the wait", "99th percentile of people's wait, ms", 350, digits=0),
    Promise(
        "nobody is refused for nothing",
        "refusals while the service was half idle, for each request of people",
        0.01,
        digits=3,
    ),
    Promise(
        "no work for those who left", "answers in time, of those that could be given", 0.9, at_least=True
    ),
    Promise(
        "the workers are used",
        "answers, of those that workers behind your limit could give",
        0.9,
        at_least=True,
    ),
)
DESIGN = {"queue": 400, "share": 0.17, "K": 1.1}
LOADS: Mapping[str, Mapping[str, float]] = {
    "5% of answers are errors": FAILING | {"failing": 0.05},
    "20% of answers are errors": FAILING,
    "ten times as many, half come back": SPIKE,
    "ten times as many, all come back": SPIKE | {"retry": 1.0},
    "a script asks 2,000 times a second": ABUSE,
}
TENTH, SLOWER = "a tenth more than can be done", "everything takes three times as long"
FAULTS = (*LOADS, TENTH, SLOWER)
WITHOUT: Mapping[str, Mapping[str, float]] = {
    "without the quota": {"share": 1.0},
    "without quota and throttle": {"share": 1.0, "K": 0},
}
"""Designs that stand beside the script's fault."""
SECONDS = 3.0
"""For how long the crowd comes to the learner's line."""


def under(fault: str, expected: Prediction, Bucket: object, choose: object, Limit: object) -> Page:
    """What the fault does to the learner's own objects: see :func:`~course.notebook.breaking.under_fault`."""
    Bucket, choose, Limit = played("day08", Bucket, choose, Limit)

    def run(fault: str) -> Run:
        own = subjects(Bucket, choose, Limit)
        before = {**_doors(own[0], DESIGN, CALM), **_useful(own[1], 0.9), **_used(own[2], 1.0)}
        after = dict(before)
        beside: dict[str, Measures] = {}
        if fault in LOADS:
            after |= _doors(own[0], DESIGN, LOADS[fault])
        elif fault == TENTH:
            after |= _useful(own[1], 1.1)
        else:
            after |= _used(own[2], 3.0)
        if fault == "a script asks 2,000 times a second":
            beside = {
                name: {**after, **_doors(own[0], {**DESIGN, **other}, ABUSE)}
                for name, other in WITHOUT.items()
            }
        return Run(PROMISES, before, after, beside=beside)

    return under_fault(fault, expected, FAULTS, run, Bucket, choose, Limit)


def _doors(Bucket: Subject, design: Mapping[str, float], load: Mapping[str, float]) -> dict[str, float]:
    found = measured(Bucket, design, load)
    names = ("good", "wait", "wrongly")
    return {promise.name: found[name] for promise, name in zip(PROMISES, names, strict=False)}


def _useful(choose: Subject, load: float) -> dict[str, float]:
    found = there(choose, Shedding)(choose).useful(load, SECONDS)
    return {"no work for those who left": float(plain(found, float))}


def _used(Limit: Subject, slower: float) -> dict[str, float]:
    """A fifth more comes than the workers can do; with the fault they are slower from the tenth second on."""
    found = there(Limit, Limited)(Limit).used(1.2, 20, slower)
    return {"the workers are used": float(plain(found, float))}
