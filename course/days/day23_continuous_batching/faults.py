"""Day 23's faults: which promise the learner's schedulers break under which, and whom a short line refuses wrongly."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from course.checking.errors import SubjectError
from course.checking.port import subjects
from course.days.day23_continuous_batching.gpu import EVERYBODY, SLOTS, Load, measure, serve
from course.days.day23_continuous_batching.interview import DOCUMENTS, FIRST, PACE, SMOOTH, STEADY
from course.interview.scenario import Design
from course.notebook.breaking import Promise, Run, under_fault, why
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.blocks import Text
from course.notebook.screens.page import Page
from course.systems.serving.errors import ServingError

FAULTS: Mapping[str, Mapping[str, float]] = {
    "three times the traffic": STEADY | {"rate": 6},
    "every second prompt is a document": STEADY | {"documents": 2, "document": 3600},
    "the GPU is slowed by heat": STEADY | {"slowdown": 1.6},
    "answers three times as long": STEADY | {"longer": 3},
    "half of the slots": STEADY | {"slots": SLOTS // 2},
}
WHOLE: Design = {"budget": 0, "line": EVERYBODY, "first": "arrival"}
CHUNKED: Design = {**WHOLE, "budget": 384}
RATES = (3.5, 6)
REQUESTS = 140
SLOS = {"the first token": FIRST, "the pace": PACE, "the pause": SMOOTH}
PROMISES = tuple(Promise(name, f"{slo.name}, ms", slo.limit, digits=0) for name, slo in SLOS.items())


def under(fault: str, expected: Prediction, Continuous: object, Chunked: object, goodput: object) -> Page:
    """What the fault does to the learner's own schedulers: see :func:`~course.notebook.breaking.under_fault`."""
    Continuous, Chunked, goodput = played("day23", Continuous, Chunked, goodput)

    def run(fault: str) -> Run:
        own = subjects(Continuous, Chunked, goodput)
        whole, before, after = (
            measure(design, load, *own)
            for design, load in ((WHOLE, FAULTS[fault]), (CHUNKED, STEADY), (CHUNKED, FAULTS[fault]))
        )
        was, now, other = (
            {name: measured[slo.metric] for name, slo in SLOS.items()} for measured in (before, after, whole)
        )
        good = f"{after['goodput']:.2f} chunked, {whole['goodput']:.2f} with whole prompts"
        also = Text(f"Good answers a second, of {FAULTS[fault]['rate']:g}: {good}.")
        return Run(PROMISES, was, now, beside={"whole prompts, after": other}, also=(also,))

    return under_fault(fault, expected, FAULTS, run, Continuous, Chunked, goodput)


def refusals(Continuous: object, Chunked: object) -> None:
    """Print whom lines of several lengths refuse, how many of those an endless line would have served well, and what
    becomes of the rest."""
    own = subjects(*played("day23", Continuous, Chunked))
    lines = [
        f"{REQUESTS} requests at each rate, one prompt in twelve a document.",
        "Good: first token within 1,000 ms, at most 50 ms a token, no pause above 50 ms.\n",
        " " * 8 + "".join(f"{f'at {rate:g} a second':>27}" for rate in RATES),
        "places  " + "   refused  wrongly   good/s" * len(RATES),
    ]
    endless: dict[float, NDArray[np.bool_]] = {}
    for places in (EVERYBODY, 8, 4, 2, 1):
        cells = []
        for rate in RATES:
            load: Load = {**DOCUMENTS, "requests": REQUESTS, "rate": rate}
            try:
                served = serve({**CHUNKED, "line": places}, load, *own)
            except (SubjectError, ServingError, ValueError) as error:
                print(why(error))
                return
            good = endless.setdefault(rate, served.good)
            wrongly = int((served.refused & good).sum())
            rate_of_good = rate * float(served.good.mean())
            cells.append(f"{int(served.refused.sum()):>10}{wrongly:>9}{rate_of_good:>9.2f}")
        lines.append(f"{'endless' if places == EVERYBODY else places:<8}" + "".join(cells))
    print("\n".join(lines))
