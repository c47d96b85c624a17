"""The serving loop on simulated time: arrivals in, iterations, tokens out; nothing is timed, all is counted."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from course.serving.iteration import Iteration
from course.serving.request import Request
from course.serving.slots import SlotScheduler, stalled
from course.serving.step_time import StepTime


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
    """A finished simulation: outcomes of the requests, and one row of counts an iteration."""

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
    iterations: tuple[Iteration, ...] = ()
    """The iterations themselves, kept on request."""

    @property
    def duration_ms(self) -> float:
        """From the first arrival to the end of the last iteration."""
        if not len(self.end_ms):
            return 0.0
        return float(self.end_ms[-1] - self.outcomes.arrival_ms[0])


def simulate(
    scheduler: SlotScheduler,
    requests: Iterable[Request],
    step_time: StepTime,
    *,
    keep_iterations: bool = False,
) -> Trace:
    """Feed `requests` to `scheduler` as they arrive and step it until all are answered or refused.

    Requests that arrived before an iteration starts are in line for it; when idle, time jumps to the next
    arrival. Tokens reach the user when their iteration ends. O(tokens) time. Raises `SchedulerStalled` when a
    step computes nothing although work remains.
    """
    coming = sorted(requests, key=lambda request: (request.arrival_ms, request.id))
    token_ms: dict[int, list[float]] = {request.id: [] for request in coming}
    rows: list[tuple[float, ...]] = []
    kept: list[Iteration] = []
    now, arrived = 0.0, 0
    while arrived < len(coming) or scheduler.busy:
        if not scheduler.busy:
            now = max(now, coming[arrived].arrival_ms)
        while arrived < len(coming) and coming[arrived].arrival_ms <= now:
            scheduler.submit(coming[arrived])
            arrived += 1
        iteration = scheduler.step()
        if not iteration.work:
            raise stalled(scheduler)
        start, now = now, now + step_time(iteration)
        computed = {"prefill": 0, "decode": 0, "padding": 0}
        read = emitted = 0
        for item in iteration.work:
            computed[item.phase] += item.tokens
            read += item.cached
            if item.emits:
                emitted += 1
                token_ms[item.request_id].append(now)
        rows.append((start, now, *computed.values(), read, emitted))
        if keep_iterations:
            kept.append(iteration)
    columns = np.array(rows, dtype=np.float64).reshape(-1, 7).T
    whole = columns[2:].astype(np.int64)
    gaps = [np.diff(token_ms[request.id]) for request in coming]
    return Trace(
        outcomes=_outcomes(coming, token_ms, gaps),
        start_ms=columns[0],
        end_ms=columns[1],
        prefill_tokens=whole[0],
        decode_tokens=whole[1],
        padding_tokens=whole[2],
        kv_tokens=whole[3],
        emitted=whole[4],
        gaps_ms=np.concatenate(gaps) if gaps else np.empty(0),
        iterations=tuple(kept),
    )


def _outcomes(
    requests: list[Request], token_ms: dict[int, list[float]], gaps: list[NDArray[np.float64]]
) -> Outcomes:
    tokens = [token_ms[request.id] for request in requests]
    return Outcomes(
        id=np.array([request.id for request in requests], np.int64),
        priority=np.array([request.priority for request in requests], np.int64),
        arrival_ms=np.array([request.arrival_ms for request in requests], np.float64),
        first_token_ms=np.array([times[0] if times else np.nan for times in tokens], np.float64),
        last_token_ms=np.array([times[-1] if times else np.nan for times in tokens], np.float64),
        output_tokens=np.array([request.output_tokens for request in requests], np.int64),
        worst_gap_ms=np.array([gap.max() if len(gap) else 0.0 for gap in gaps], np.float64),
    )
