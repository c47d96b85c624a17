"""Day 3's faults: which promise of the learner's map, sketch and counters breaks under which, and by how much."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from course.checking.errors import SubjectError
from course.checking.port import subjects
from course.checking.subject import Subject, each, plain
from course.days.day03_partitioning.traffic import CONVERSATION, TIME, WRITES, conversations, measure
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.blocks import Text
from course.notebook.screens.page import Page
from course.systems.cluster.sketch import CountMinSketch

USUAL: dict[str, float] = {"rooms": 100_000, "skew": 0.9, "celebrity": 0.0}
LOADS: dict[str, dict[str, float]] = {
    "the traffic goes flat": {"rooms": 1000, "skew": 0.0},
    "one conversation takes a quarter": {"celebrity": 0.25},
    "ten times the conversations": {"rooms": 1_000_000},
}
"""What a fault changes of the evening, where it changes the traffic."""
DESIGN: Mapping[str, Any] = {"key": CONVERSATION, "pieces": 64, "salt": 8}
WIDTH, DEPTH, SEED = 1000, 4, 3
VICTIM, FORGED = "room-99999", 500
"""A conversation that nearly nobody writes to, and the writes on each key that an attacker made to hit its cells."""
PROMISES = (
    Promise("the busiest machine", "its writes ÷ its fair share", 1.55),
    Promise("the history", "pieces that a read of 50 messages asks, on average", 3.0),
    Promise(
        "the sketch", "the most that it reads above the truth, in writes", math.e * WRITES / WIDTH, digits=0
    ),
    Promise("the right machine", "writes that a wrong machine takes", 0, digits=0),
)
FAULTS = (
    "the traffic goes flat",
    "one conversation takes a quarter",
    "the key becomes the time",
    "old maps after a split",
    "ten times the conversations",
    "somebody knows the seed",
)


def under(fault: str, expected: Prediction, Sketch: object, Map: object, Saving: object) -> Page:
    """What the fault does to the learner's own objects: see :func:`~course.notebook.breaking.under_fault`."""
    Sketch, Map, Saving = played("day03", Sketch, Map, Saving)

    def run(fault: str) -> Run:
        own = subjects(Sketch, Map, Saving)
        return Run(PROMISES, _measured("", *own)[0], *_also(*_measured(fault, *own)))

    return under_fault(fault, expected, FAULTS, run, Sketch, Map, Saving)


def _also(after: dict[str, float], said: str) -> tuple[dict[str, float], Mapping[str, Any], tuple[Text, ...]]:
    return after, {}, (Text(said),) if said else ()


def _measured(fault: str, Sketch: Subject, Map: Subject, Saving: Subject) -> tuple[dict[str, float], str]:
    """Each promise under ``fault`` ("" for none), and what else is worth saying."""
    load = USUAL | LOADS.get(fault, {})
    design = {**DESIGN, "key": TIME} if fault == "the key becomes the time" else DESIGN
    found, said = measure(design, load, Saving), ""
    forged: list[str] = []
    if fault == "somebody knows the seed":
        forged, tried = forge()
        said = (
            f"{tried:,} names were tried until {len(forged)} of them hit a cell of {VICTIM} each. Under a secret salt the same "
            f"names read {_over(Sketch, load, forged, salt=b'kept in a vault')[VICTIM]:,} above the truth there."
        )
    over = _over(Sketch, load, forged)
    wrong, refused, astray = routed(Map, stale=fault == "old maps after a split")
    if refused:
        said = (
            f"{refused} writes by old maps were refused, each with the epoch that holds now. Without `serve` a wrong machine "
            f"would have taken {astray} of them."
        )
    return {
        "the busiest machine": found["busiest"],
        "the history": found["history"] if design["key"] == CONVERSATION else 1.0,
        "the sketch": float(max(over.values())),
        "the right machine": float(wrong),
    }, said


def _over(Sketch: Subject, load: Mapping[str, float], forged: list[str], salt: bytes = b"") -> dict[str, int]:
    """How far the learner's sketch reads above the truth, for the evening's conversations and the victim."""
    true = Counter(conversations(int(load["rooms"]), load["skew"], load["celebrity"]))
    true.update({key: FORGED for key in forged})
    sketch = Sketch(WIDTH, DEPTH, seed=SEED, salt=salt)
    each(sketch.add, [*true.items()])
    asked = [*true, VICTIM]
    return {
        key: count - true[key]
        for key, count in zip(asked, each(sketch.estimate, asked, as_=int), strict=True)
    }


def forge() -> tuple[list[str], int]:
    """One name for each row that shares the victim's cell there, found by trying, and how many were tried."""
    known = CountMinSketch(WIDTH, DEPTH, seed=SEED)
    wanted, found, tried = known.cells(VICTIM), dict[int, str](), 0
    while len(found) < DEPTH:
        name, tried = f"bot-{tried}", tried + 1
        found |= {
            row: name
            for row, cell in enumerate(known.cells(name))
            if cell == wanted[row] and row not in found
        }
    return [found[row] for row in sorted(found)], tried


def routed(Map: Subject, *, stale: bool) -> tuple[int, int, int]:
    """A range is split while ten clients write, of which half (``stale``) or none keep the map of before.

    Each write goes to the machine that the client's map names, which asks the learner's ``serve`` with the client's
    epoch. How many a wrong machine takes, how many are refused, and how many are sent to a wrong machine.
    """
    found = Map("machine-a")
    each(found.split, [("room-5", "machine-b")])
    keys = sorted(f"room-{number}" for number in range(50, 100))
    old = {key: _entry(found, key) for key in keys}
    found.split("room-75", "machine-c")
    new = {key: _entry(found, key) for key in keys}
    wrong = refused = astray = 0
    for client in range(10):
        known = old if stale and client % 2 else new
        for key in keys:
            machine, epoch = known[key]
            astray += machine != new[key][0]
            try:
                owner = plain(found.serve(key, epoch), str)
            except SubjectError as error:
                if "StaleMap" not in error.names:
                    raise
                refused += 1
            else:
                wrong += owner != machine
    return wrong, refused, astray


def _entry(found: Any, key: str) -> tuple[str, int]:
    at = found.locate(key)
    return plain(at.owner, str), plain(at.epoch, int)
