"""Load balancing: join the shorter of d random queues.

Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing" (IEEE TPDS 12(10), 2001), section 2; Vvedenskaya,
Dobrushin and Karpelevich (1996).
"""

import heapq
import random


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


def simulate_choices(
    load: float, d: int, *, servers: int, arrivals: int, seed: int, skip: float = 0.3
) -> float:
    """Mean time in system, in service times, of a fleet of ``servers`` at ``load`` each.

    Poisson arrivals, exponential service, first come first served; an arrival looks at ``d`` servers (with replacement)
    and joins the shortest. The first ``skip`` of all arrivals are not counted. Complexity: O(arrivals log arrivals).
    """
    rng = random.Random(seed)
    rate = load * servers
    now, total, counted = 0.0, 0.0, 0
    length = [0] * servers
    free = [0.0] * servers
    leaving: list[tuple[float, int]] = []
    for number in range(arrivals):
        now += rng.expovariate(rate)
        while leaving and leaving[0][0] <= now:
            length[heapq.heappop(leaving)[1]] -= 1
        chosen = min((rng.randrange(servers) for _ in range(d)), key=length.__getitem__)
        free[chosen] = max(now, free[chosen]) + rng.expovariate(1.0)
        length[chosen] += 1
        heapq.heappush(leaving, (free[chosen], chosen))
        if number >= skip * arrivals:
            total, counted = total + free[chosen] - now, counted + 1
    return total / counted
