"""Day 4's faults: which promise of the learner's ring breaks under which, and by how much."""

from collections.abc import Mapping

from course.checking.errors import SubjectError
from course.checking.port import subjects
from course.checking.report import cut
from course.checking.subject import Subject, each
from course.days.day04_consistent_hashing.fleet import measure
from course.days.day04_consistent_hashing.interview import BUSIEST, DATABASE, STEADY
from course.notebook.predictions import Prediction

FAULTS: Mapping[str, Mapping[str, float]] = {
    "a server dies": STEADY | {"dies": 1},
    "a server joins": STEADY | {"joins": 1},
    "sizes are mixed": STEADY | {"mixed": 1},
    "a celebrity key": STEADY | {"celebrity": 0.06},
    "ten times the servers": STEADY | {"servers": 240, "sample": 30},
}
WHAT = {
    "few keys move": ", share of all",
    "the even load": ", busiest ÷ fair share",
    "the database": ", reads ÷ what it serves",
}
DESIGN = {"vnodes": 100, "bound": 0, "copies": 1}


def under(fault: str, expected: Prediction, Ring: object, bounded: object) -> None:
    """Print what the fault does to the learner's own ring: each promise before and after, and whether it broke.

    Without a prediction nothing is run. Unknown faults are refused with the list of known ones; an unfinished ring says
    what is not written yet.
    """
    if fault not in FAULTS:
        print(f"no fault {cut(repr(fault), 60)}; one of: " + ", ".join(f'"{name}"' for name in FAULTS))
        return
    if expected.value is None:
        print("say first which promise you expect to break, in the cell above; then run this one again")
        return
    ring, bound = subjects(Ring, bounded)
    try:
        before, after = (measure(DESIGN, load, ring, bound) for load in (STEADY, FAULTS[fault]))
        moved = _moved(ring, fault)
    except SubjectError as error:
        print(
            f"{error.function} is not written yet; finish section 4 first"
            if error.unwritten
            else error.describe()
        )
        return
    promises = {
        "few keys move": (0.0, moved, 0.10),
        "the even load": (before["busiest"], after["busiest"], BUSIEST.limit),
        "the database": (before["database"], after["database"], DATABASE.limit),
    }
    broken = [name for name, (_, now, limit) in promises.items() if now > limit]
    print(f"fault: {fault}\n\n{'promise':<40}{'before':>8}{'after':>8}{'limit':>8}")
    for name, (was, now, limit) in promises.items():
        print(
            f"{name + WHAT[name]:<40}{was:>8.2f}{now:>8.2f}{limit:>8.2f}  {'broken' if name in broken else 'kept'}"
        )
    print(f"\nyou expected: {expected.value}. What broke: {' and '.join(broken) or 'nothing'}.")


def _moved(ring: Subject, fault: str) -> float:
    """The share of keys that change owner in the fault itself, on 24 servers."""
    if fault not in ("a server dies", "a server joins"):
        return 0.0
    keys = [f"user:{i}" for i in range(5000)]
    own: Subject = ring(int(DESIGN["vnodes"]))
    each(own.add, [f"cache-{i:03d}" for i in range(24)])
    before = each(own.lookup, keys, as_=str)
    if fault == "a server dies":
        own.remove("cache-007")
    else:
        own.add("cache-024")
    after = each(own.lookup, keys, as_=str)
    return sum(map(str.__ne__, before, after)) / len(keys)
