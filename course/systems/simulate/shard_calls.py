"""How long a search over many shards takes, in closed form: each call draws its work and now and then a pause, and the slowest decides.

Calls are independent of each other, and of how busy the machines are: there is no queue here. What a pause, a spread and a call's fixed work are is assumed and
named; the work itself is measured (:mod:`course.facts`).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from course import facts

Array = NDArray[np.float64]

FIXED_MS = 1.0  # chosen: to unpack, look up and answer
"""Of a call's work what does not grow with the documents."""
SIGMA = 0.4  # chosen: a tenth of the calls takes 1.7 times the median or more
"""Standard deviation of the logarithm of a call's work."""
PAUSE_MS, PAUSES = 40.0, 0.01  # chosen: a garbage collection, a disk, a neighbour
"""Length of a pause, and the share of calls that meet one."""
SLOWER = 4.0
"""By how much a slow machine's work takes longer."""
HEDGED = 0.05
"""The share of calls that are asked again: those beyond the 95th percentile."""
GRID = np.concatenate([np.linspace(0, 400, 2001), np.geomspace(401, 1e4, 200)])
"""Times in ms between which quantiles are read off."""


@dataclass(frozen=True)
class Shards:
    """A search over ``shards``, each with so many ``copies``, of a corpus of ``documents`` millions. With ``hedge`` a late call is asked again of another
    copy."""

    documents: float
    shards: int
    copies: int
    hedge: bool

    @property
    def call_ms(self) -> float:
        """Mean work of one call, in ms of a core."""
        return FIXED_MS + facts.WORDS_OR_CORE_MS.value * self.documents / self.shards

    def late(self, t: Array, slower: float = 1.0) -> Array:
        """The share of calls that take longer than ``t``."""
        from scipy.special import ndtr

        def beyond(ms: Array) -> Array:
            work = np.maximum(ms, 1e-9) / (slower * self.call_ms)
            return np.asarray(ndtr(-(np.log(work) + SIGMA**2 / 2) / SIGMA))

        return (1 - PAUSES) * beyond(t) + PAUSES * beyond(t - PAUSE_MS)

    def delay(self) -> float:
        """After how many ms a call is asked again; infinite without hedges."""
        return float(np.interp(-HEDGED, -self.late(GRID), GRID)) if self.hedge else math.inf

    @lru_cache(maxsize=1024)  # noqa: B019 - few designs, and frozen ones
    def quantile(self, q: float, dead: int, slow: bool, first: float) -> float:
        """The ``q`` quantile of a search in ms, where one shard has ``dead`` copies fewer, and another one a slow copy, which is asked first in a share
        ``first`` of searches. A shard without a copy is not waited for."""
        normal = self.late(GRID)
        again = self.late(GRID - self.delay()) if self.hedge else np.ones_like(GRID)
        both = normal * np.where(self.delay() < GRID, again, 1.0)

        def shard(copies: int) -> Array:
            if copies == 0:
                return np.zeros_like(GRID)
            return both if copies > 1 else normal

        done = (1 - shard(self.copies)) ** (self.shards - 2) * (1 - shard(self.copies - dead))
        done *= 1 - (self._slow(normal, again, first) if slow else shard(self.copies))
        return float(np.interp(q, done, GRID))

    def _slow(self, normal: Array, again: Array, first: float) -> Array:
        """The share of calls to the shard with the slow copy that are late: that copy is asked first, or second, or not at all."""
        slow = self.late(GRID, SLOWER)
        if self.copies == 1:
            return slow
        others = self.copies - 1
        late = np.where(self.delay() < GRID, 1.0, 0.0)
        second = self.late(GRID - self.delay(), SLOWER) if self.hedge else np.ones_like(GRID)
        other = second / others + again * (1 - 1 / others)
        return first * slow * (1 + late * (again - 1)) + (1 - first) * normal * (1 + late * (other - 1))
