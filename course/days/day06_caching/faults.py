"""Day 6's faults: which promise of the learner's cache breaks under which, and by how much."""

from collections.abc import Mapping

from course.checking.port import subjects
from course.checking.subject import Subject, plain, there
from course.days.day06_caching.restart import restart
from course.days.day06_caching.traffic import READS, WARM, front_page, served
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.blocks import Text
from course.notebook.screens.page import Page
from course.systems.cluster.callers import Callers, Calls

WINDOW, TTL_S, BETA = 0.1, 300.0, 1.0  # chosen: the design that section 5 runs
PROMISES = (
    Promise("people's hit rate", "people's reads that the cache answers", 0.46, at_least=True, digits=3),
    Promise("nothing stale", "people's reads answered with what has changed since", 0.02, digits=3),
    Promise("no stampede", "computations of the front page at once, worst of 100 expiries", 11, digits=1),
    Promise(
        "nobody waits for another page",
        "of 6 callers, those who waited for a load that is not theirs",
        0,
        digits=0,
    ),
)
LOADS: Mapping[str, Mapping[str, float]] = {
    "a crawler comes": {"scan": 0.5},
    "twice the memory": {"entries": 400.0},
    "taste goes flat": {"alpha": 0.7},
    "news": {"news": 0.4},
    "popularity changes hands": {"turns": 1.0},
    "the front page becomes slow": {"delta": 20.0},
}
"""What a fault changes of the traffic, or of the memory."""
RELEASE, RESTART = "a release forgets early refresh", "a restart"
FAULTS = (*LOADS, RELEASE, RESTART)


def under(fault: str, expected: Prediction, due: object, Policy: object, Single: object) -> Page:
    """What the fault does to the learner's own objects: see :func:`~course.notebook.breaking.under_fault`."""
    due, Policy, Single = played("day06", due, Policy, Single)

    def run(fault: str) -> Run:
        own = subjects(due, Policy, Single)
        lru = _hit(own[1], fault, window=1.0)["hit"]
        said = f"A plain LRU in the same memory answers {lru:.3f} of people's reads under this fault."
        also = Text(_restarted() if fault == RESTART else said)
        return Run(PROMISES, _measured("", *own), _measured(fault, *own), also=(also,))

    return under_fault(fault, expected, FAULTS, run, due, Policy, Single)


def _hit(Policy: Subject, fault: str, window: float = WINDOW) -> dict[str, float]:
    load = LOADS.get(fault, {})
    begin = READS // 2 if load.get("turns") else WARM
    return served(Policy, load, window, TTL_S, begin)


def _measured(fault: str, due: Subject, Policy: Subject, Single: Subject) -> dict[str, float]:
    """Each promise under ``fault``, "" for none."""
    found = _hit(Policy, fault)
    page = front_page(due, LOADS.get(fault, {}), TTL_S, 0.0 if fault == RELEASE else BETA)
    return {
        "people's hit rate": found["hit"],
        "nothing stale": found["stale"],
        "no stampede": page["herd"],
        "nobody waits for another page": float(strangers(Single)),
    }


def strangers(Single: Subject) -> int:
    """Six callers of three pages, each on a thread of its own: of how many the page was not being loaded yet when the first
    load ended."""
    names, pages = ("ann", "ben", "cyd", "dee", "eve", "fay"), ("/", "/news", "/about")
    callers: list[tuple[str, Calls]] = [(name, [(pages[at % 3], "")]) for at, name in enumerate(names)]
    lines = plain(there(Single, Callers)(Single).meet(callers), list[str])
    end = next((at for at, line in enumerate(lines) if line.startswith("the load of")), len(lines))
    loaded = [page for page in pages if any(line.endswith(f"loads {page!r}") for line in lines[:end])]
    return sum(pages[at % 3] not in loaded for at, _ in enumerate(names))


def _restarted() -> str:
    said = [
        f"With {f'TTLs spread by ± {spread:.0%}' if spread else 'one TTL for all'}: {found.first:.0f} a second at first, "
        f"{found.second:.0f} about one TTL later, {found.calm:.0f} on a calm day."
        for spread in (0.0, 0.1, 0.5)
        for found in [restart(spread)]
    ]
    return "Computations in a small service whose cache was filled in one moment. " + " ".join(said)
