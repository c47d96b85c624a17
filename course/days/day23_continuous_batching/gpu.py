"""Day 23's measure: one A100 serving a stream of conversations with the learner's own schedulers.

The learner's side plans every iteration (`SlotScheduler.serve`); what comes back is the plan alone. It is audited here,
timed by the published step times, and judged.
"""

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course import facts
from course.checking.subject import Subject, plain
from course.systems.serving.audit import audit
from course.systems.serving.goodput import slo_goodput
from course.systems.serving.kv_slots import contiguous_slots
from course.systems.serving.request import Request
from course.systems.serving.simulation import Outcomes, rows_of, trace_of
from course.systems.serving.step_time import StepTimeModel, published_step_time
from course.systems.serving.summary import percentile
from datasets.requests import trace_like, with_long_prompts

CONTEXT = int(facts.LLAMA2_CONTEXT_TOKENS.value)
SLOTS = contiguous_slots(CONTEXT)
EVERYBODY = 400
"""Places in a line that refuses nobody."""

Load = Mapping[str, Any]
"""``seed``, ``requests``, ``rate`` a second; ``documents``: one prompt in so many is one, of ``document`` tokens;
``interactive``: the share that people wait for, the rest is batch work; ``slots``; ``slowdown`` of the GPU; ``longer``
answers; and the promises that make a request good: ``ttft_ms``, ``tpot_ms``, ``gap_ms``."""


@dataclass(frozen=True)
class Served:
    """What a schedule did for its requests, in order of arrival; True where a request is interactive, or refused."""

    outcomes: Outcomes
    interactive: NDArray[np.bool_]
    refused: NDArray[np.bool_]
    good: NDArray[np.bool_]


@functools.cache
def step_time(slowdown: float = 1.0) -> StepTimeModel:
    """The published curve of Llama-2-7B on one A100, ``slowdown`` times as slow."""
    tokens, ms, read, overhead = published_step_time().table
    return StepTimeModel(tokens, [slowdown * each for each in ms], slowdown * read, slowdown * overhead)


def stream(load: Load) -> list[Request]:
    """The seeded requests of a load: priority 0 is interactive, 1 is batch work; without classes all are 0."""
    requests = trace_like(
        int(load["requests"]),
        load["rate"],
        np.random.default_rng(int(load["seed"])),
        context_tokens=CONTEXT,
        priority_share=load.get("interactive", 0.0),
    )
    if longer := load.get("longer"):
        room = [CONTEXT - r.prompt_tokens for r in requests]
        requests = [
            replace(r, output_tokens=min(left, int(longer * r.output_tokens)))
            for r, left in zip(requests, room, strict=True)
        ]
    if every := load.get("documents"):
        requests = with_long_prompts(requests, every, int(load["document"]), context_tokens=CONTEXT)
    return requests


def serve(design: Mapping[str, Any], load: Load, Continuous: Subject, Chunked: Subject) -> Served:
    """Let the learner's scheduler plan the load under a design: ``budget`` (0: whole prompts), ``line``, ``first``.

    Raises what the learner's code raises, and ``ImpossibleSchedule`` for a plan that no server could run.
    """
    requests, step = stream(load), step_time(load.get("slowdown", 1.0))
    slots, budget = int(load.get("slots", SLOTS)), int(design["budget"])
    lined = requests
    if design["first"] == "arrival":
        lined = [replace(request, priority=0) for request in requests]
    own: Subject = (
        Chunked(slots, CONTEXT, int(design["line"]), token_budget=budget)
        if budget
        else Continuous(slots, CONTEXT, int(design["line"]))
    )
    schedule = plain(own.serve(rows_of(lined), step.table), dict)
    audit(lined, schedule, slots=slots, step_time=step, token_budget=budget or None)
    outcomes = trace_of(lined, schedule).outcomes
    interactive = np.array([request.priority == 0 for request in requests])
    good = (
        (outcomes.ttft_ms <= load["ttft_ms"])
        & ~(outcomes.tpot_ms > load["tpot_ms"])
        & (outcomes.worst_gap_ms <= load["gap_ms"])
    )
    return Served(outcomes, interactive, np.isnan(outcomes.first_token_ms), good)


def measure(
    design: Mapping[str, Any], load: Load, Continuous: Subject, Chunked: Subject, goodput: Subject
) -> dict[str, float]:
    """What users get, times in milliseconds.

    ``ttft``: p99 of the wait for the first token, over interactive requests. ``tpot``: p99 of the mean time per
    token after it. ``gap``: p99 over answers of the longest pause in each. ``turned``: share of interactive requests
    refused; ``shed``: of all. ``goodput``: requests a second of the load that kept every promise, counted by the
    learner's own function. Raises ``ValueError`` where that function miscounts.
    """
    served = serve(design, load, Continuous, Chunked)
    outcomes, counts = served.outcomes, ~served.refused
    columns = (
        outcomes.arrival_ms,
        outcomes.first_token_ms,
        outcomes.last_token_ms,
        outcomes.output_tokens,
        outcomes.worst_gap_ms,
    )
    promises = {name: float(load[name]) for name in ("ttft_ms", "tpot_ms", "gap_ms")}
    window_ms = 1000.0 * load["requests"] / load["rate"]
    own = plain(goodput(*columns, **promises, duration_ms=window_ms), float)
    right = slo_goodput(*columns, **promises, duration_ms=window_ms)
    if not math.isclose(own, right, rel_tol=1e-9, abs_tol=1e-9):
        raise ValueError(
            f"slo_goodput counts {own:.3f} good requests a second of {right:.3f}: finish exercise 1 first"
        )
    return {
        "ttft": percentile(outcomes.ttft_ms[served.interactive], 99),
        "tpot": percentile(outcomes.tpot_ms, 99),
        "gap": percentile(outcomes.worst_gap_ms[counts], 99),
        "turned": float(served.refused[served.interactive].mean()),
        "shed": float(served.refused.mean()),
        "goodput": own,
    }
