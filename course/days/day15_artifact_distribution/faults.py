"""Day 15's faults: which promise of a release breaks under which, with the learner's own choices and cuts."""

from collections.abc import Mapping
from typing import Any

from course.checking.port import subjects
from course.checking.subject import Subject, plain, there
from course.days.day15_artifact_distribution.service import below, measure, reused, swarmed
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.page import Page
from course.systems.simulate.swarm_run import Swarm

PROMISES = (
    Promise("there in time", "s until nine of ten healthy machines have it", 570, digits=0),
    Promise("nothing unnamed runs", "machines that hold bytes which the manifest does not name", 0, digits=0),
    Promise("a bad version is found soon", "machine-minutes on it", 100, digits=0),
    Promise("the store sends little more than one", "copies that leave the store", 2, digits=2),
    Promise("an update moves few bytes", "share of a file with an insertion in each tenth chunk", 0.5),
)
DESIGN: Mapping[str, Any] = {"plan": "rack swarm", "chunk": 64, "stage": 10}
CALM: Mapping[str, float] = {"slow": 0, "edits": 0, "bad": 1}
STALE = 20
"""Steps that the tracker's counts are old, in the fault."""
INSERTIONS = 26
FAULTS = (
    "one machine in a hundred is slow",
    "a chunk is corrupted on the way",
    "the tracker's counts are old",
    "a tree, checked at the end",
    "text is inserted",
    "the same version once more",
)


def under(
    fault: str, expected: Prediction, chunk_manifest: object, next_chunk: object, broadcast_plan: object
) -> Page:
    """What the fault does to the learner's own objects: see :func:`~course.notebook.breaking.under_fault`."""
    chunk_manifest, next_chunk, broadcast_plan = played("day15", chunk_manifest, next_chunk, broadcast_plan)

    def run(fault: str) -> Run:
        own = subjects(chunk_manifest, next_chunk)
        return Run(PROMISES, _measured("", *own), _measured(fault, *own))

    return under_fault(fault, expected, FAULTS, run, chunk_manifest, next_chunk, broadcast_plan)


def _measured(fault: str, chunk_manifest: Subject, next_chunk: Subject) -> dict[str, float]:
    """Each promise under ``fault``, "" for none."""
    load = {**CALM, "slow": float(fault == "one machine in a hundred is slow")}
    tree = fault == "a tree, checked at the end"
    found = measure({**DESIGN, "plan": "tree"} if tree else DESIGN, load, next_chunk, chunk_manifest)
    swarm = swarmed(next_chunk, True, load["slow"] > 0)
    copy, sent = found["copy"], 1.0 if tree else swarm["sent"]
    if fault == "the tracker's counts are old":
        stale: Any = there(next_chunk, Swarm)(next_chunk)
        told: dict[str, float] = plain(stale.told(True, False, STALE), dict[str, float])
        copy, sent = copy * told["stretch"] / swarm["stretch"], told["sent"]
    again = fault == "the same version once more"
    return {
        "there in time": 0.0 if again else copy,
        "nothing unnamed runs": round(below("tree")) if tree else 0.0,
        "a bad version is found soon": 0.0 if again else found["exposed"],
        "the store sends little more than one": 0.0 if again else sent,
        "an update moves few bytes": 1 - reused(chunk_manifest, INSERTIONS)
        if fault == "text is inserted"
        else 0.0,
    }
