"""Day 14's faults: which promise of an index that changes breaks under which, on the learner's own objects."""

from collections.abc import Mapping
from typing import Any

from course.checking.port import subjects
from course.checking.subject import Subject, plain, there
from course.days.day14_real_time_updates.interview import BUSY, QUIET
from course.days.day14_real_time_updates.measures import forgotten_h, measure
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.blocks import Text
from course.notebook.screens.page import Page
from course.systems.search.histories import IN_ORDER, OUT_OF_ORDER, TWICE, Histories

PROMISES = (
    Promise("soon found", "seconds until a change can be found", 1.25),
    Promise("gone stays gone", "% of histories that end with something else than a rebuild", 0, digits=0),
    Promise("the disk", "MB a second that are written", 27, digits=1),
    Promise("forgotten", "hours until the bytes of a deleted document are gone", 24, digits=0),
)
DESIGN: Mapping[str, Any] = {"refresh": 1, "fanout": 4, "purge": 20}
TWICE_EACH = "each change comes twice"
LATE = "changes come out of order"
POPPED = "changes come out of order, and the indexer forgets deletions at once"
AT_ONCE = "a merge drops tombstones at once"
QUARTER = "refresh every quarter of a second"
NO_PURGE = "nobody rewrites large segments"
DAY = "a reader keeps its snapshot for a day"
CHANGES: Mapping[str, tuple[Mapping[str, Any], Mapping[str, float]]] = {
    QUARTER: ({"refresh": 0.25}, {}),
    NO_PURGE: ({"purge": 0}, {}),
    DAY: ({}, {"reader": 24}),
}
"""What a fault changes of the design, and of the load."""
DELIVERIES: Mapping[str, Mapping[str, Any]] = {
    TWICE_EACH: {"delivery": TWICE},
    LATE: {"delivery": OUT_OF_ORDER},
    POPPED: {"delivery": OUT_OF_ORDER, "horizon": 0},
    AT_ONCE: {"rule": False},
}
"""What a fault changes of the histories."""
FAULTS = (*DELIVERIES, *CHANGES)
LIVES = 200
"""Histories of sixty writes and deletions of six documents, with refreshes and merges of any segments between them."""


def under(
    fault: str, expected: Prediction, SegmentStore: object, pick_merge: object, merge_segments: object
) -> Page:
    """What the fault does to the learner's own objects: see :func:`~course.notebook.breaking.under_fault`."""
    SegmentStore, pick_merge, merge_segments = played("day14", SegmentStore, pick_merge, merge_segments)

    def run(fault: str) -> Run:
        own = subjects(SegmentStore, pick_merge, merge_segments)
        said = (
            f"At 2,000 changes a second it would be {forgotten_h(QUIET['rate'], QUIET['hot']) + QUIET['reader']:,.0f} hours."
            if fault == NO_PURGE
            else ""
        )
        return Run(PROMISES, _measured("", *own), _measured(fault, *own), also=(Text(said),) if said else ())

    return under_fault(fault, expected, FAULTS, run, SegmentStore, pick_merge, merge_segments)


def _measured(
    fault: str, SegmentStore: Subject, pick_merge: Subject, merge_segments: Subject
) -> dict[str, float]:
    """Each promise under ``fault``, "" for none."""
    design, load = CHANGES.get(fault, ({}, {}))
    found = measure({**DESIGN, **design}, {**BUSY, **load}, pick_merge)
    lives: Any = there(SegmentStore, Histories)(SegmentStore, merge_segments)
    wrong = plain(lives.wrong(LIVES, **DELIVERIES.get(fault, {"delivery": IN_ORDER})), int)
    return {
        "soon found": found["visible"],
        "gone stays gone": 100 * wrong / LIVES,
        "the disk": found["disk"],
        "forgotten": found["forget"],
    }
