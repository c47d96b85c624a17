"""How long a message to a replica takes: the fits that a paper published from two companies' traces.

Bailis, Venkataraman, Franklin, Hellerstein, Stoica, *Probabilistically Bounded Staleness for Practical Partial Quorums*
(PVLDB 5(8), 2012), table 3: one way, in milliseconds, for LinkedIn's replicas on SSD (LNKD-SSD) and on disk (LNKD-DISK).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Delay:
    """A delay in ms: with probability ``share`` from a Pareto distribution that begins at ``low`` and has exponent
    ``shape``, else exponential with ``rate`` a millisecond."""

    share: float
    low: float
    shape: float
    rate: float

    def draw(self, rng: np.random.Generator, size: int | tuple[int, ...]) -> NDArray[np.float64]:
        """``size`` independent delays, ms."""
        heavy = self.low * (1 - rng.random(size)) ** (-1 / self.shape)
        return np.where(rng.random(size) < self.share, heavy, rng.exponential(1 / self.rate, size))


SSD = Delay(0.9122, 0.235, 10, 1.66)
"""Every message of LNKD-SSD, and of LNKD-DISK all but writes."""
DISK_WRITE = Delay(0.38, 1.05, 1.51, 0.183)
"""A write's way to a replica that acknowledges it from disk."""
ONE_WAY = 40.0
"""Between two regions, on top: chosen, the order of magnitude between two coasts of an ocean."""
