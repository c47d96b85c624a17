"""A fleet that answers together: fan-out, hedged requests, replicas, caches, failures, and slowdowns that correlate.

Dean and Barroso, "The Tail at Scale" (CACM 56(2), 2013). Latencies are a sample of one leaf's; the answer waits for the
slowest leaf.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Sample = NDArray[np.float64]


def slow_share(leaf_slow: float, leaves: int) -> float:
    """Share of answers that meet at least one slow leaf, if leaves are slow independently: 1 − (1 − p)^n."""
    return float(-np.expm1(leaves * np.log1p(-leaf_slow))) if leaf_slow < 1 else 1.0


def fan_out_quantile(leaf: Sample, leaves: int, q: float) -> float:
    """The ``q`` quantile of the slowest of ``leaves`` independent leaves: the leaf's own q^(1/n) quantile, exact in the
    sample. Complexity: one partial sort."""
    return float(np.quantile(leaf, q ** (1.0 / leaves)))


def fan_out(leaf: Sample, leaves: int, answers: int, rng: np.random.Generator) -> Sample:
    """``answers`` draws of the slowest of ``leaves`` independent leaves, by inverse transform: sorted[u^(1/n)].

    Costs the same for 10 leaves as for 2,000. Assumes independence: see :func:`correlated_fan_out`.
    """
    ordered = np.sort(leaf)
    at = rng.random(answers) ** (1.0 / leaves) * len(ordered)
    return ordered[at.astype(np.int64)]


def correlated_fan_out(
    leaf: Sample, leaves: int, answers: int, rng: np.random.Generator, *, together: float, pause: float
) -> Sample:
    """As :func:`fan_out`, but in a share ``together`` of all moments every leaf pauses at once and adds ``pause``.

    The share of slow *leaves* is as if they paused alone, the share of slow *answers* is not: independence overstates it
    by up to the number of leaves, and hedging to another leaf does not help.
    """
    return fan_out(leaf, leaves, answers, rng) + np.where(rng.random(answers) < together, pause, 0.0)


def hedged(leaf: Sample, after: float, rng: np.random.Generator) -> tuple[Sample, float]:
    """A request that is sent again to another replica once ``after`` has passed without an answer.

    Returns the latency sample (the earlier of both answers) and the share of extra requests. The second is drawn
    independently; where slowness is shared by the replicas this flatters hedging.
    """
    again = rng.permutation(leaf)
    waiting = leaf > after
    return np.where(waiting, np.minimum(leaf, after + again), leaf), float(waiting.mean())


def with_cache(leaf: Sample, hit_rate: float, hit: float, rng: np.random.Generator) -> Sample:
    """Latencies when a share ``hit_rate`` is answered by a cache in ``hit``."""
    return np.where(rng.random(len(leaf)) < hit_rate, hit, leaf)


def unavailable_share(down: float, replicas: int, leaves: int) -> float:
    """Share of answers that miss a leaf: a leaf is missing when all its ``replicas`` are down, each with share ``down``."""
    return slow_share(down**replicas, leaves)


def quantiles(sample: Sample, *qs: float) -> list[float]:
    """Quantiles of a sample, as plain numbers."""
    return [float(value) for value in np.quantile(sample, qs)]


Leaf = Callable[[np.random.Generator, int], Sample]


def lognormal_leaf(median: float, p99: float) -> Leaf:
    """A leaf whose latency is lognormal with this median and 99th percentile, in one unit."""
    sigma = np.log(p99 / median) / 2.3263478740408408
    return lambda rng, number: median * np.exp(sigma * rng.standard_normal(number))
