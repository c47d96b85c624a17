"""Day 2's traffic, all from seeds: Poisson and exponential, batches, heavy work, a spike, and the shape of real logs.

Times are milliseconds. The two real shapes are drawn from the percentiles of public traces (``datasets/azure_*.md``),
gaps and work independently, and scaled to the rate and the work that are asked for.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from course.systems.simulate.traffic_log import TrafficLog
from datasets.requests import draw, quantiles

REQUESTS = 20_000
WORK_MS = 50.0  # chosen: the opening's mean work of a request
Load = Mapping[str, float | str]
"""``rate`` requests a second; ``batch`` at once, on average; ``cv`` of the work; ``spike`` times the rate for a tenth of all
requests; ``trace``, the kind of a real log that gaps and work are shaped like."""


@cache
def _drawn(
    rate: float, batch: float, cv: float, spike: float, trace: str, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    if trace:
        table = quantiles(trace)
        gaps, work = (draw(table[column], REQUESTS, rng) for column in ("interarrival_s", "output_tokens"))
        return gaps / gaps.mean() * 1000 / rate, work / work.mean() * WORK_MS
    gaps = rng.standard_exponential(REQUESTS) * 1000 / rate
    if batch > 1:
        gaps = np.where(rng.random(REQUESTS) < 1 / batch, gaps * batch, 0.0)
    if spike > 1:
        gaps[REQUESTS // 2 : REQUESTS // 2 + REQUESTS // 10] /= spike
    if cv == 1:
        return gaps, rng.standard_exponential(REQUESTS) * WORK_MS
    variance = np.log1p(cv * cv)  # of the logarithm
    return gaps, rng.lognormal(np.log(WORK_MS) - variance / 2, np.sqrt(variance), REQUESTS)


def drawn(load: Load, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gaps and work of :data:`REQUESTS` requests under ``load``: the same for the same seed."""
    rate, batch, cv, spike = (float(load.get(key, 1)) for key in ("rate", "batch", "cv", "spike"))
    return _drawn(rate, batch, cv, spike, str(load.get("trace", "")), seed)


def log_of(load: Load, seed: int) -> TrafficLog:
    """A day's log of traffic under ``load``: seed 1 is today, seed 2 is tomorrow."""
    return TrafficLog(*drawn(load, seed))
