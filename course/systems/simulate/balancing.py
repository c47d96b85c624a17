"""Load balancing: who gets the next request, and what it then takes; also where loads are known as they were some time ago.

Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing" (IEEE TPDS 12(10), 2001), section 2, and "How Useful
Is Old Information?" (IEEE TPDS 11(1), 2000); Vvedenskaya, Dobrushin and Karpelevich (1996).
"""

import heapq
import random
from collections.abc import Callable, Sequence

Pick = Callable[[Sequence[float], random.Random], int]
"""Gets the loads of all servers and a source of chance; gives the place of one."""


def choices_mean_time(load: float, d: int) -> float:
    """Mean time in system, in service times, with infinitely many servers: Σ λ^((d^i − d)/(d − 1)); 1/(1 − λ) for d = 1."""
    if not 0 <= load < 1:
        raise ValueError(f"load {load} is not in [0, 1): a queue at or above 1 has no steady state")
    if d == 1:
        return 1 / (1 - load)
    total, i = 0.0, 1
    while (term := load ** ((d**i - d) / (d - 1))) > 1e-12:
        total, i = total + term, i + 1
    return total


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
    the arrivals are not counted. Beside ``pick`` O(log servers) an arrival and O(servers) a report.
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
