"""How many servers: enough that all but one request in a hundred wait no longer than they may."""

import math

import numpy as np

from course.systems.simulate.errors import TooFew
from course.systems.simulate.traffic_log import TrafficLog


def servers_for_p99(log: TrafficLog, budget: float, most: int = 1024) -> int:
    """The fewest servers behind one queue, more than the log's offered load, with which the 99th
    percentile of the wait is at most ``budget`` under traffic like that in ``log``. The wait ends when
    service begins; ``budget`` is in the log's unit of time.

    ``log`` stays as it is, but for its counter of replays: at most log2(``most``) + 4 are allowed.

    Raises ``ValueError`` where ``budget`` is negative or NaN, then ``TooFew(most)`` where ``most`` servers
    do not keep the budget, or are no more than the load.
    """
    if not budget >= 0:
        raise ValueError(f"the budget is {budget}; a wait is 0 or more")
    low, high = math.floor(log.load), most
    if high <= low or np.quantile(log.waits(high), 0.99) > budget:
        raise TooFew(most)
    while high - low > 1:
        middle = (low + high) // 2
        if np.quantile(log.waits(middle), 0.99) <= budget:
            high = middle
        else:
            low = middle
    return high
