"""Servers with a line each, and a choice that sees loads of some time ago: what old news does to each way to choose.

Mitzenmacher, "How Useful Is Old Information?" (IEEE TPDS 11(1), 2000).
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence

Pick = Callable[[Sequence[float], random.Random], int]
"""Gets the loads of all servers and a source of chance; gives the place of one."""


def mean_time(
    pick: Pick,
    load: float,
    *,
    servers: int,
    arrivals: int,
    every: float = 0.0,
    seed: int = 1,
    skip: float = 0.3,
) -> float:
    """Mean time in the system, in mean service times, at ``load`` of each server.

    Poisson arrivals, exponential service, first come first served. ``pick`` sees the loads as of the last
    report; all servers report at once, ``every`` so many service times, and 0 is always. The first ``skip`` of
    the arrivals are not counted. O(arrivals · servers), and O(arrivals log servers) beside ``pick`` where
    reports are old.
    """
    rng = random.Random(seed)
    now, total, counted, reported = 0.0, 0.0, 0, 0.0
    loads, free = [0.0] * servers, [0.0] * servers
    seen = list(loads)
    leaving: list[tuple[float, int]] = []
    for number in range(arrivals):
        now += rng.expovariate(load * servers)
        while leaving and leaving[0][0] <= now:
            loads[heapq.heappop(leaving)[1]] -= 1
        if not every:
            seen = loads
        elif now - reported >= every:
            reported, seen = now, list(loads)
        chosen = pick(seen, rng)
        free[chosen] = max(now, free[chosen]) + rng.expovariate(1.0)
        loads[chosen] += 1
        heapq.heappush(leaving, (free[chosen], chosen))
        if number >= skip * arrivals:
            total, counted = total + free[chosen] - now, counted + 1
    return total / counted


def least_of_all(loads: Sequence[float], rng: random.Random) -> int:
    """The place of a server with the least load, any of equal ones."""
    least = min(loads)
    return rng.choice([place for place, load in enumerate(loads) if load == least])


def anywhere(loads: Sequence[float], rng: random.Random) -> int:
    """Any place, all alike likely."""
    return rng.randrange(len(loads))
