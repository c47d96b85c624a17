"""Day 12's faults: which promise of a search breaks under which, by the learner's own way through the windows."""

from collections.abc import Mapping
from typing import Any

from course.checking.port import subjects
from course.checking.subject import Subject
from course.days.day12_bm25_top_k.corpus import queries, shard
from course.days.day12_bm25_top_k.interview import WHOLE
from course.days.day12_bm25_top_k.measures import best, measure, searched
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.page import Page

PROMISES = (
    Promise("the best are found", "share of them", 1, at_least=True, digits=3),
    Promise("no query is dear", "postings and maxima of the worst of twelve", 1650, digits=0),
    Promise("bounds are small", "bytes a posting of all maxima", 1, digits=2),
)
DESIGN: Mapping[str, Any] = {"window": 16, "cut": 0, "numbering": "path"}
CHANGES: Mapping[str, tuple[Mapping[str, Any], Mapping[str, float]]] = {
    "a word that stands everywhere": ({}, {"common": 1}),
    "passages are numbered as they arrive": ({"numbering": "arrival"}, {}),
    "at most 150 postings are scored": ({"cut": 150}, {}),
    "titles count five times": ({}, {"title": 5}),
    "the next stage asks for a hundred": ({}, {"k": 100}),
}
"""What a fault changes of the design, and of the load."""
NEAREST, UP = "maxima in eight bits, to the nearest", "maxima in eight bits, rounded up"
FAULTS = (*CHANGES, NEAREST, UP)


def under(
    fault: str, expected: Prediction, bm25_scores: object, top_k: object, block_max_top_k: object
) -> Page:
    """What the fault does to the learner's own objects: see :func:`~course.notebook.breaking.under_fault`."""
    bm25_scores, top_k, block_max_top_k = played("day12", bm25_scores, top_k, block_max_top_k)

    def run(fault: str) -> Run:
        (find,) = subjects(block_max_top_k)
        return Run(PROMISES, _measured("", find), _measured(fault, find))

    return under_fault(fault, expected, FAULTS, run, bm25_scores, top_k, block_max_top_k)


def _measured(fault: str, find: Subject) -> dict[str, float]:
    """Each promise under ``fault``, "" for none."""
    design, load = CHANGES.get(fault, ({}, {}))
    found = measure({**DESIGN, **design}, {**WHOLE, **load}, find)
    recall, worst = found["recall"], found["worst"]
    if fault in (NEAREST, UP):
        rounding = "up" if fault == UP else "nearest"
        came = searched(
            find, shard(True, True), (fault,), queries(False), 10, DESIGN["window"], None, rounding
        )
        exact = best(True, True, 0, False, 10)
        kept = [
            len(wanted.intersection(hits)) / len(wanted)
            for (hits, _, _), (wanted, _) in zip(came, exact, strict=True)
        ]
        recall, worst = sum(kept) / len(kept), float(max(scored + looked for _, scored, looked in came))
    return {"the best are found": recall, "no query is dear": worst, "bounds are small": found["bounds"]}
