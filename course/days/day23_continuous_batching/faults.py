"""Day 23's faults: which promise the learner's schedulers break under which, and whom a short line refuses wrongly."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from course.checking.errors import SubjectError
from course.checking.port import subjects
from course.checking.report import cut
from course.days.day23_continuous_batching.gpu import EVERYBODY, SLOTS, Load, measure, serve
from course.days.day23_continuous_batching.interview import DOCUMENTS, FIRST, PACE, SMOOTH, STEADY
from course.interview.scenario import Design
from course.notebook.predictions import Prediction
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
PROMISES = {"the first token": FIRST, "the pace": PACE, "the pause": SMOOTH}


def under(fault: str, expected: Prediction, Continuous: object, Chunked: object, goodput: object) -> None:
    """Print what the fault does to the learner's own schedulers: each promise before and after, and whether it broke.

    Without a prediction nothing is run. Unknown faults are refused with the list of known ones; unfinished exercises
    say what is not written yet.
    """
    if fault not in FAULTS:
        print(f"no fault {cut(repr(fault), 60)}; one of: " + ", ".join(f'"{name}"' for name in FAULTS))
        return
    if expected.value is None:
        print("say first which promise you expect to break, in the cell above; then run this one again")
        return
    own = subjects(Continuous, Chunked, goodput)
    try:
        whole, before, after = (
            measure(design, load, *own)
            for design, load in ((WHOLE, FAULTS[fault]), (CHUNKED, STEADY), (CHUNKED, FAULTS[fault]))
        )
    except (SubjectError, ServingError, ValueError) as error:
        print(_said(error))
        return
    broken = [name for name, slo in PROMISES.items() if not slo.held(after[slo.metric])]
    print(
        f"fault: {fault}. Times in ms, p99\n\n{'':<18}{'limit':>6}{'before':>9}{'after':>9}          whole prompts, after"
    )
    for name, slo in PROMISES.items():
        state = "broken" if name in broken else "kept"
        print(
            f"{name:<18}{slo.limit:>6.0f}{before[slo.metric]:>9.0f}{after[slo.metric]:>9.0f}  {state:<8}{whole[slo.metric]:>9.0f}"
        )
    rate = FAULTS[fault]["rate"]
    print(
        f"\ngood answers a second, of {rate:g}: {after['goodput']:.2f} chunked, {whole['goodput']:.2f} with whole prompts"
    )
    print(f"you expected: {expected.value}. It broke: {' and '.join(broken) or 'none'}.")


def refusals(Continuous: object, Chunked: object) -> None:
    """Print whom lines of several lengths refuse, how many of those an endless line would have served well, and what
    becomes of the rest."""
    own = subjects(Continuous, Chunked)
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
                print(_said(error))
                return
            good = endless.setdefault(rate, served.good)
            wrongly = int((served.refused & good).sum())
            rate_of_good = rate * float(served.good.mean())
            cells.append(f"{int(served.refused.sum()):>10}{wrongly:>9}{rate_of_good:>9.2f}")
        lines.append(f"{'endless' if places == EVERYBODY else places:<8}" + "".join(cells))
    print("\n".join(lines))


def _said(error: Exception) -> str:
    if isinstance(error, SubjectError):
        if error.unwritten:
            return f"{error.function} is not written yet; finish section 4 first"
        return error.describe()
    return str(error)
