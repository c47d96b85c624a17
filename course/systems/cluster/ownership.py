"""What leases cost and risk: 10,000 shards, each owned by one of many workers, under leases from a small replicated service.

Closed forms, and one order statistic by sampling. Twenty owners die a day and all of them together pause 40,000 times; an owner writes
twenty times a second, and a write is on its way for five milliseconds.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np

SHARDS, DEATHS_A_DAY, PAUSES_A_DAY = 10_000, 20.0, 40_000.0
WRITES_A_SECOND, WRITE_S = 20.0, 0.005
SECONDS_A_DAY, MINUTES_A_YEAR = 86_400, 525_600
RENEWALS = 3
"""A holder renews when this part of its usable lease is over: at thirds."""
ROUND_TRIP_MS: Mapping[str, float] = {"a": 1.0, "b": 12.0, "c": 35.0}
"""From the leader's region to one of its own, to the next and to the far one."""
SPREAD, DISK_MS, TRIALS, SEED = 0.35, 0.4, 20_000, 10


@dataclass(frozen=True)
class Hours:
    """What the world does. Pauses are lognormal with ``pause_s`` as the median and ``spread``. Two clocks drift apart by
    ``drift`` seconds a second and jump by ``step_s``, for ``early`` leases a day. Each node of the service is away for the share ``one`` of the time,
    a whole region for ``region``; regions are ``far`` times as far away."""

    pause_s: float = 0.2  # chosen: an ordinary collection of garbage
    spread: float = 0.8
    drift: float = 1e-4
    step_s: float = 0.0
    early: float = 0.0
    one: float = 0.002
    region: float = 0.0
    far: float = 1.0


def longer(seconds: float, hours: Hours) -> float:
    """The share of pauses that are longer than ``seconds``."""
    if seconds <= 0:
        return 1.0
    return 0.5 * (1 - math.erf(math.log(seconds / hours.pause_s) / hours.spread / math.sqrt(2)))


@cache
def grant_ms(nodes: int, far: float = 1.0) -> float:
    """p99 of the time until a majority has a grant: the order statistic of the followers' round trips, lognormal about
    their regions'. The leader and every third node after it share a region."""
    rng: Any = np.random.default_rng(SEED)
    regions = [("a", "b", "c")[number % 3] for number in range(1, nodes)]
    trips = np.stack(
        [
            ROUND_TRIP_MS[region] * (far if region != "a" else 1) * rng.lognormal(0, SPREAD, TRIALS) + DISK_MS
            for region in regions
        ]
    )
    return float(np.quantile(np.sort(trips, axis=0)[nodes // 2 - 1], 0.99))


@cache
def without_majority(nodes: int, one: float, region: float) -> float:
    """The share of time in which less than a majority of ``nodes``, spread over three regions, is there."""
    sizes = [len(range(start, nodes, 3)) for start in range(3)]
    need, total = nodes // 2 + 1, 0.0
    for away in product((False, True), repeat=3):
        chance = math.prod(region if gone else 1 - region for gone in away)
        left = sum(size for size, gone in zip(sizes, away, strict=True) if not gone)
        too_few = range(min(need, left + 1))
        total += chance * sum(math.comb(left, k) * (1 - one) ** k * one ** (left - k) for k in too_few)
    return total


def measured(
    lease_s: float, margin_s: float, nodes: int, hours: Hours, old_writes: float = 1.0
) -> dict[str, float]:
    """What a lease of ``lease_s`` with a margin of ``margin_s`` does, granted by so many nodes.

    ``gap`` s without an owner after one died, 99th percentile; ``messages`` a second of the service; ``stolen`` leases a day that a
    paused owner loses; ``unsafe`` writes a day by an owner whose lease is over, that clocks alone are to blame for; ``wrong``
    all of those and the writes in flight over a pause that the store takes, which it does with the share ``old_writes``;
    ``down`` minutes a year without a majority; ``grant`` ms, 99th percentile.
    """
    grant = grant_ms(nodes, hours.far)
    usable = max(lease_s - margin_s, 1e-3)
    renewed = usable / RENEWALS
    apart = max(0.0, hours.drift * lease_s + hours.step_s - margin_s)
    stolen = PAUSES_A_DAY * longer(usable - renewed, hours) + hours.early * apart
    unsafe = apart * WRITES_A_SECOND * (stolen + DEATHS_A_DAY)
    in_flight = PAUSES_A_DAY * WRITES_A_SECOND * WRITE_S * longer(usable - renewed + margin_s, hours)
    return {
        "gap": lease_s + margin_s + 2 * grant / 1000,
        "messages": SHARDS / renewed * (nodes - 1),
        "stolen": stolen,
        "unsafe": unsafe,
        "wrong": old_writes * (unsafe + in_flight),
        "down": without_majority(nodes, hours.one, hours.region) * MINUTES_A_YEAR,
        "grant": grant,
    }
