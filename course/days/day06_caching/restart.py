"""Day 6's restart: a cache that was filled in one moment expires in one moment, and what a spread of the TTLs does to that."""

from functools import cache
from typing import NamedTuple

import numpy as np

ITEMS, PER_SECOND, SEED = 10_000, 200.0, 6
TTL_S, SECONDS = 300.0, 1500  # chosen: five minutes, and five times that to look at
BIN_S = 10  # chosen: computations are counted in tens of seconds


class Restart(NamedTuple):
    """Computations a second: in the first ten seconds after the restart, in the worst ten about one TTL later, and on
    average long after."""

    first: float
    second: float
    calm: float


@cache
def restart(spread: float) -> Restart:
    """An empty cache with room for all 10,000 items, 200 reads a second by Zipf's law, and a TTL of 300 s that is drawn
    evenly within ± ``spread`` of itself for each entry."""
    rng = np.random.default_rng(SEED)
    number = int(PER_SECOND * SECONDS)
    weights = 1 / np.arange(1.0, ITEMS + 1)
    items = np.searchsorted(np.cumsum(weights / weights.sum()), rng.random(number)).clip(0, ITEMS - 1)
    times = np.cumsum(rng.exponential(1 / PER_SECOND, number))
    lives = TTL_S * (1 + spread * rng.uniform(-1, 1, number))
    expires, computed = np.full(ITEMS, -1.0), []
    for item, now, life in zip(items.tolist(), times.tolist(), lives.tolist(), strict=True):
        if now >= expires[item]:
            expires[item] = now + life
            computed.append(now)
    counts, _ = np.histogram(computed, np.arange(0, SECONDS + BIN_S, BIN_S))
    rates = counts / BIN_S
    around = slice(int(0.5 * TTL_S / BIN_S), int(1.5 * TTL_S / BIN_S))
    return Restart(float(rates[0]), float(rates[around].max()), float(rates[int(3 * TTL_S / BIN_S) :].mean()))
