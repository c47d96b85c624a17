"""Day 20's faults: which promise of a reranked page breaks under which, by the learner's own objects."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from course.checking.port import subjects
from course.checking.subject import Subject, plain, there
from course.days.day20_llm_reranking.interview import QUIET
from course.days.day20_llm_reranking.measures import Case, another, came, paid, pool
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.page import Page
from course.systems.search.rerank_trial import PAGE, RerankTrial

PROMISES = (
    Promise("the right one is first", "share of 150 questions", 0.5, at_least=True, digits=3),
    Promise("no seller is first", "share of 150 questions", 0.02, digits=3),
    Promise("in time", "ms a question", 50, digits=0),
    Promise("every page is explained", "share of 30 records that come again", 1, at_least=True),
)
DESIGN = Case(judge="cross", depth=20, rise=100)
SAME, NEW = "the model is swapped, its version is not", "the model is swapped, and its version too"
CHANGES: Mapping[str, Mapping[str, Any]] = {
    "a seller repeats the question": {"text": "echo"},
    "a seller gives the judge an order": {"text": "command"},
    "three scores in ten are late": {"outage": True},
    "the judge is down": {"down": True},
    "candidates arrive in no order": {"shuffled": True},
    "scores are a thousand times as large": {"times": 1000.0},
    SAME: {},
    NEW: {},
}
"""What a fault changes of the case."""
RECORDS = 30


def under(
    fault: str, expected: Prediction, listwise_window: object, Cascade: object, RerankAudit: object
) -> Page:
    """What the fault does to the learner's own objects: see :func:`~course.notebook.breaking.under_fault`."""
    own = played("day20", listwise_window, Cascade, RerankAudit)

    def run(fault: str) -> Run:
        handles = subjects(*own)
        return Run(PROMISES, _measured("", *handles), _measured(fault, *handles))

    return under_fault(fault, expected, CHANGES, run, *own)


def _measured(fault: str, *handles: Subject) -> dict[str, float]:
    """Each promise under ``fault``, "" for none."""
    case = replace(DESIGN, swapped=fault in (SAME, NEW), **CHANGES.get(fault, {}))
    found = came(case, *handles)
    return {
        "the right one is first": found.first,
        "no seller is first": found.planted,
        "in time": paid(case, found.calls, QUIET["document_tokens"], QUIET["wait_ms"])[1],
        "every page is explained": _explained(fault, *handles),
    }


def _explained(fault: str, *handles: Subject) -> float:
    """The share of :data:`RECORDS` pages that come again with the model of the recorded version."""
    old = pool().scores[:RECORDS, : max(DESIGN.depth, PAGE)]
    new = old + another(pool().scores.shape)[:RECORDS, : old.shape[1]]
    trial: Any = there(handles[1], RerankTrial)(*handles)
    served, version = (new if fault in (SAME, NEW) else old), ("2" if fault == NEW else "1")
    return plain(trial.explained(served, DESIGN.depth, {"1": old, "2": new}, version), float)  # type: ignore[no-any-return]
