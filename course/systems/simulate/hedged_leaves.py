"""How long a leaf takes, and a search of many, in closed form: queues, pauses, second copies, and the load that those make.

A leaf's server is M/M/1, so that queueing and service together are exponential; a share of requests waits out a pause on
top. The copies of a request meet queues and pauses of their own, but for pauses that are said to hit both.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from course.systems.simulate.order_statistics import at_least

Array = NDArray[np.float64]

SERVICE_MS = 5.0  # chosen: the opening's
"""Mean work of a leaf."""
PAUSE_MS = 100.0  # chosen: the order of magnitude of a garbage collection of a large heap
"""Length of a pause."""
GRID = np.concatenate([np.linspace(0, 400, 3201), np.geomspace(401, 1e5, 400)])
"""Times in ms between which quantiles are read off."""
STEPS = 2001
"""Shares of second copies that are looked at for one that keeps itself."""


@dataclass(frozen=True)
class Leaves:
    """What leaf requests meet: servers that are ``busy`` with first copies, and work that is ``slower`` than usual by a
    factor (``busy`` has that factor in it). A share ``pause`` of requests waits out a pause; of these a share ``both``
    on either replica. A share ``together`` of the time all leaves of a search pause at once."""

    busy: float
    pause: float = 0.005
    both: float = 0.0
    together: float = 0.0
    slower: float = 1.0

    def queued(self, t: Array, busy: float | Array) -> Array:
        """The share of requests that need longer than ``t`` where none meets a pause."""
        return np.exp(-(1 - busy) * np.maximum(t, 0.0) / (self.slower * SERVICE_MS))

    def late(self, t: Array, busy: float | Array, pause: float) -> Array:
        """The share that needs longer than ``t`` where a share ``pause`` meets one."""
        return (1 - pause) * self.queued(t, busy) + pause * self.queued(t - PAUSE_MS, busy)

    def delay(self, share: float) -> float:
        """The delay in ms after which a share ``share`` of requests has no answer, as it is without hedges; infinite for 0."""
        if share <= 0:
            return math.inf
        return float(np.interp(-share, -self.late(GRID, self.busy, self.pause + self.together), GRID))

    def settled(self, delay: float, waste: float) -> tuple[float, float]:
        """How busy the servers are and which share is sent twice, once the second copies have made their own load.

        A second copy makes a share ``waste`` of a request's work on average: 1 where both copies always run. Where no load
        keeps itself, (1.0, 1.0).
        """
        if math.isinf(delay):
            return self.busy, 0.0
        low, high = 0.0, 1.0
        for _ in range(2):  # first all shares, then those around the first that keeps itself
            sent = np.linspace(low, high, STEPS)
            busy = np.minimum(1.0, self.busy * (1 + waste * sent))
            late = self.late(np.array(delay), busy, self.pause + self.together)
            kept = np.flatnonzero((late <= sent) & (busy < 1))
            if not len(kept):
                return 1.0, 1.0
            low, high = float(sent[max(0, kept[0] - 1)]), float(sent[kept[0]])
        return self.busy * (1 + waste * high), high

    def hedged(self, t: Array, busy: float, delay: float) -> Array:
        """The share of requests without an answer by ``t`` where a second copy goes out after ``delay``: the product of the
        copies' own shares, except in a pause that hits both."""
        alone, shared = self.pause * (1 - self.both), self.pause * self.both
        first = self.late(t, busy, alone)
        second = self.late(t - delay, busy, alone) if math.isfinite(delay) else np.ones_like(t)
        late = (1 - shared) * first * np.where(t > delay, second, 1.0)
        return late + shared * self.queued(t - PAUSE_MS, busy)

    def search(self, q: float, need: int, shards: int, busy: float, delay: float) -> float:
        """The ``q`` quantile in ms of a search that is done once ``need`` of its ``shards`` have answered."""
        if busy >= 1:
            return math.inf
        done = at_least(need, shards, 1 - self.hedged(GRID, busy, delay))
        paused = at_least(need, shards, 1 - self.hedged(GRID - PAUSE_MS, busy, delay))
        whole = (1 - self.together) * done + self.together * paused
        return float(np.interp(q, whole, GRID)) if whole[-1] >= q else math.inf


def most_busy(share: float) -> float:
    """How busy servers may be with first copies before a second copy for the slowest ``share``, sent after a delay that was
    measured without hedges, feeds itself: M/M/1, both copies run to their end.

    The share e that is sent twice solves e = h·exp(c·e) with h = ``share`` and c = −ln h · u/(1 − u) at utilisation u. A
    solution exists while c·h·exp(1) is at most 1.
    """
    odds = 1 / (share * math.e * -math.log(share))
    return odds / (1 + odds)
