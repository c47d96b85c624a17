"""The serving loop on simulated time: arrivals in, iterations, tokens out; nothing is timed, all is counted."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from course.systems.serving.request import Request
from course.systems.serving.slots import Columns, Row, SlotScheduler
from course.systems.serving.step_time import StepTime


@dataclass(frozen=True)
class Outcomes:
    """What became of each request, one row a request in order of arrival; all times in milliseconds.

    A request that was refused, or never got a token, has NaN as first and last token time.
    """

    id: NDArray[np.int64]
    priority: NDArray[np.int64]
    arrival_ms: NDArray[np.float64]
    first_token_ms: NDArray[np.float64]
    last_token_ms: NDArray[np.float64]
    output_tokens: NDArray[np.int64]
    worst_gap_ms: NDArray[np.float64]

    @property
    def ttft_ms(self) -> NDArray[np.float64]:
        """Time to first token, queueing included."""
        return self.first_token_ms - self.arrival_ms

    @property
    def tpot_ms(self) -> NDArray[np.float64]:
        """Mean time per output token after the first; NaN for an answer of one token, which has no gap."""
        gaps = np.where(self.output_tokens > 1, self.output_tokens - 1, np.nan)
        return np.asarray((self.last_token_ms - self.first_token_ms) / gaps, np.float64)


@dataclass(frozen=True)
class Trace:
    """A finished simulation: outcomes of the requests, one row of counts an iteration, and the schedule itself."""

    outcomes: Outcomes
    start_ms: NDArray[np.float64]
    end_ms: NDArray[np.float64]
    prefill_tokens: NDArray[np.int64]
    decode_tokens: NDArray[np.int64]
    padding_tokens: NDArray[np.int64]
    kv_tokens: NDArray[np.int64]
    emitted: NDArray[np.int64]
    gaps_ms: NDArray[np.float64]
    """Every interval between two tokens of one answer (time between tokens), over all requests."""
    schedule: Columns
    """What `SlotScheduler.serve` returned."""

    @property
    def duration_ms(self) -> float:
        """From the first arrival to the end of the last iteration."""
        if not len(self.end_ms):
            return 0.0
        return float(self.end_ms[-1] - self.outcomes.arrival_ms[0])


def simulate(scheduler: SlotScheduler, requests: Iterable[Request], step_time: StepTime) -> Trace:
    """Feed `requests` to `scheduler` as they arrive and step it until all are answered or refused.

    See `SlotScheduler.serve`. Tokens reach the user when their iteration ends. O(tokens) time.
    """
    coming = list(requests)
    return trace_of(coming, scheduler.serve(rows_of(coming), step_time))


def rows_of(requests: Iterable[Request]) -> list[Row]:
    """Requests in the plain numbers that `SlotScheduler.serve` takes."""
    return [(r.id, r.prompt_tokens, r.output_tokens, r.arrival_ms, r.priority) for r in requests]


def trace_of(requests: Iterable[Request], schedule: Columns) -> Trace:
    """The trace of `requests` under a schedule that `SlotScheduler.serve` returned. O(tokens log tokens)."""
    coming = sorted(requests, key=lambda request: (request.arrival_ms, request.id))
    steps = len(schedule["items"])
    step = np.repeat(np.arange(steps), schedule["items"])

    def total(weights: NDArray[np.int64], among: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(step[among], weights[among], steps).astype(np.int64)

    every = np.ones(len(step), bool)
    computed = {
        phase: total(schedule["tokens"], schedule["phase"] == phase)
        for phase in ("prefill", "decode", "padding")
    }
    outcomes, gaps_ms = _outcomes(coming, schedule, step)
    return Trace(
        outcomes=outcomes,
        start_ms=schedule["start_ms"],
        end_ms=schedule["end_ms"],
        prefill_tokens=computed["prefill"],
        decode_tokens=computed["decode"],
        padding_tokens=computed["padding"],
        kv_tokens=total(schedule["cached"], every),
        emitted=total(every.astype(np.int64), schedule["emits"]),
        gaps_ms=gaps_ms,
        schedule=schedule,
    )


def _outcomes(
    requests: list[Request], schedule: Columns, step: NDArray[np.int64]
) -> tuple[Outcomes, NDArray[np.float64]]:
    """The outcomes, and all gaps between tokens in the order of the requests."""
    ids = np.array([request.id for request in requests], np.int64)
    by_id = np.argsort(ids)
    emits = schedule["emits"]
    # Which row of the outcomes each token belongs to, then the tokens row by row, each row in order of time.
    row = by_id[np.searchsorted(ids, schedule["request_id"][emits], sorter=by_id)] if len(ids) else ids
    order = np.argsort(row, kind="stable")
    row, at_ms = row[order], schedule["end_ms"][step[emits][order]]
    within = row[1:] == row[:-1]
    gaps_ms = np.diff(at_ms)[within]
    first, last = np.full(len(ids), np.nan), np.full(len(ids), np.nan)
    worst = np.zeros(len(ids))
    starts = np.append(True, ~within)[: len(row)]
    first[row[starts]] = at_ms[starts]
    last[row] = at_ms
    np.maximum.at(worst, row[1:][within], gaps_ms)
    outcomes = Outcomes(
        id=ids,
        priority=np.array([request.priority for request in requests], np.int64),
        arrival_ms=np.array([request.arrival_ms for request in requests], np.float64),
        first_token_ms=first,
        last_token_ms=last,
        output_tokens=np.array([request.output_tokens for request in requests], np.int64),
        worst_gap_ms=worst,
    )
    return outcomes, gaps_ms
