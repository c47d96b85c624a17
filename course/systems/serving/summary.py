"""One line of a results table from a finished simulation, and the load that a design may be given."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from course.systems.serving.goodput import Slo, goodput_of, slo_attainment
from course.systems.serving.simulation import Trace


@dataclass(frozen=True)
class Summary:
    """Rates per second, times in milliseconds, shares of one. `gap` is the time between two tokens of an answer."""

    requests_per_s: float
    output_tokens_per_s: float
    ttft_p50_ms: float
    ttft_p99_ms: float
    tpot_p50_ms: float
    tpot_p99_ms: float
    gap_p99_ms: float
    gap_max_ms: float
    goodput_per_s: float
    attainment: float
    mean_batch: float
    padding_share: float
    refused: int


def summarise(trace: Trace, slo: Slo) -> Summary:
    """Condense a trace. Percentiles are over the requests (for gaps: over all gaps) that have the quantity."""
    outcomes = trace.outcomes
    seconds = trace.duration_ms / 1000
    computed = int((trace.prefill_tokens + trace.decode_tokens + trace.padding_tokens).sum())
    return Summary(
        requests_per_s=_rate(int(np.isfinite(outcomes.last_token_ms).sum()), seconds),
        output_tokens_per_s=_rate(int(trace.emitted.sum()), seconds),
        ttft_p50_ms=percentile(outcomes.ttft_ms, 50),
        ttft_p99_ms=percentile(outcomes.ttft_ms, 99),
        tpot_p50_ms=percentile(outcomes.tpot_ms, 50),
        tpot_p99_ms=percentile(outcomes.tpot_ms, 99),
        gap_p99_ms=percentile(trace.gaps_ms, 99),
        gap_max_ms=percentile(trace.gaps_ms, 100),
        goodput_per_s=goodput_of(outcomes, slo, trace.duration_ms) if seconds > 0 else 0.0,
        attainment=slo_attainment(outcomes, slo),
        mean_batch=float(trace.emitted.mean()) if len(trace.emitted) else 0.0,
        padding_share=float(trace.padding_tokens.sum()) / computed if computed else 0.0,
        refused=int(np.isnan(outcomes.first_token_ms).sum()),
    )


def percentile(values: ArrayLike, q: float) -> float:
    """The q-th percentile of the values that are not NaN; NaN when there is none."""
    known = np.asarray(values, np.float64)
    known = known[~np.isnan(known)]
    return float(np.percentile(known, q)) if len(known) else float("nan")


def highest_rate(meets: Callable[[float], bool], rates: Iterable[float]) -> float:
    """The last of the ascending `rates` before the first at which `meets` is false; 0.0 if it fails at once.

    The "capacity" of DistServe and Sarathi-Serve: the load that a design may be given within its promises,
    not the load that it survives.
    """
    best = 0.0
    for rate in rates:
        if not meets(rate):
            break
        best = rate
    return best


def _rate(count: int, seconds: float) -> float:
    return count / seconds if seconds > 0 else 0.0
