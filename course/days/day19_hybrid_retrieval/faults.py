"""Day 19's faults: which promise of a page breaks under which, by the learner's own fusion and filter."""

from collections.abc import Mapping
from typing import Any

from course.checking.port import subjects
from course.days.day19_hybrid_retrieval.measures import CHEAP, SIZE, Own, mrr, pages, share_of
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.page import Page

PROMISES = (
    Promise("plain questions", "MRR@10", 0.6, at_least=True, digits=3),
    Promise("part numbers", "MRR@10", 0.55, at_least=True, digits=3),
    Promise("ten results", "share of pages", 0.98, at_least=True, digits=3),
    Promise("nothing is betrayed", "share of pages that a hidden document changes", 0.1, digits=3),
)
DESIGN: Mapping[str, Any] = {"by_ranks": False, "weight": 0.5, "depth": 100}
TYPOS = "seven words of ten are misspelt"
CHANGES: Mapping[str, Mapping[str, Any]] = {
    "the embedding does not answer": {"down": (1,)},
    "BM25 does not answer": {"down": (0,)},
    "word vectors in place of the embedding": {"model": CHEAP},
    TYPOS: {},
    "cosines are multiplied by 100, plus 7": {"scale": (100.0, 7.0)},
    "each arm is asked for ten": {"depth": 10},
    "a user may see one document in twenty": {"share": 0.05},
    "a user may see one document in five": {"share": 0.2},
}
"""What a fault changes of the settings."""


def under(fault: str, expected: Prediction, *own: object) -> Page:
    """What the fault does to the learner's own objects: see :func:`~course.notebook.breaking.under_fault`."""
    own = played("day19", *own)

    def run(fault: str) -> Run:
        rrf, normalise_and_fuse, filtered_search = subjects(*own)
        mine = (rrf, normalise_and_fuse, filtered_search)
        return Run(PROMISES, measured("", mine), measured(fault, mine))

    return under_fault(fault, expected, CHANGES, run, *own)


def measured(fault: str, own: Own) -> dict[str, float]:
    """Each promise under ``fault``, "" for none."""
    settings: dict[str, Any] = {**DESIGN, **CHANGES.get(fault, {})}
    plain = pages(own, "typo" if fault == TYPOS else "plain", **settings)
    betrayed = 0.0
    if "share" in settings:
        other = pages(own, "plain", without_secret=True, **settings)
        betrayed = share_of([page != then for page, then in zip(plain, other, strict=True)])
    return {
        "plain questions": mrr(plain),
        "part numbers": mrr(pages(own, "part", **settings)),
        "ten results": share_of([len(page) == SIZE for page in plain]),
        "nothing is betrayed": betrayed,
    }
