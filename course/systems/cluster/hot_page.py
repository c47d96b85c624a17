"""One page that all the world reads, and how often it is computed at once around its expiry."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Due = Callable[[float, float, float, float, float], bool]
"""As :func:`course.systems.cluster.early_expiry.xfetch_due`."""


class Chances:
    """How likely one read is early, by asking ``due`` itself."""

    def __init__(self, due: Due) -> None:
        self.due = due

    def at(self, lefts: Sequence[float], delta_s: float, beta: float) -> list[float]:
        """For each time that is left before the expiry, the share of draws with which a read is due: the largest ``u``
        with which it is, found by halving ln u, since every smaller one is due too."""
        return [self._largest(left, delta_s, beta) for left in lefts]

    def _largest(self, left: float, delta_s: float, beta: float) -> float:
        low, high = -700.0, 0.0
        if not self.due(0.0, left, delta_s, beta, math.exp(low)):
            return 0.0
        if self.due(0.0, left, delta_s, beta, 1.0):
            return 1.0
        for _ in range(24):
            middle = (low + high) / 2
            if self.due(0.0, left, delta_s, beta, math.exp(middle)):
                low = middle
            else:
                high = middle
        return math.exp(low)


@dataclass(frozen=True)
class Expiries:
    """What happened around each of many expiries: how many seconds before it the first computation began (below 0:
    after it), and how many were begun until that one was done, itself among them."""

    leads: NDArray[np.float64]
    computed: NDArray[np.int64]

    def flights(self, servers: int) -> NDArray[np.float64]:
        """How many of these run at once where each of ``servers`` runs one at a time and reads are spread evenly over
        them, on average."""
        spread: NDArray[np.float64] = servers * (1 - (1 - 1 / servers) ** self.computed.astype(float))
        return spread


POINTS = 600
"""Points between the moment in which an entry is fresh and its expiry, at which the chance of a read is asked for."""


def grid(ttl_s: float, delta_s: float, beta: float) -> list[float]:
    """The times before an expiry at which a read can be early at all, the longest first: an entry is fresh ``delta_s``
    after its computation began, and a lead of 50 · ``beta`` · ``delta_s`` is not drawn."""
    longest = min(ttl_s - delta_s, 50 * beta * delta_s)
    return np.linspace(longest, 0, POINTS, endpoint=False).tolist() if longest > 0 else []


def expiries(
    lefts: Sequence[float], chances: Sequence[float], rate: float, delta_s: float, number: int, seed: int
) -> Expiries:
    """``number`` expiries of a page with ``rate`` reads a second, each of which is early with the chance that is given for the
    time left; after the expiry every read computes, until the first computation is done.

    Early reads are a Poisson process, so its first point and the number in the next ``delta_s`` seconds are drawn
    from the integral of its rate: exact but for the grid, and no read is played one by one.
    """
    rng = np.random.default_rng(seed)
    at = np.array([*(-left for left in lefts), 0.0, 4 * delta_s + 40 / rate])
    hazard = rate * np.array([*chances, 1.0, 1.0])
    steps = np.diff(at) * (hazard[1:] + hazard[:-1]) / 2
    steps[-2:-1] = np.diff(at)[-2:-1] * hazard[-3:-2]  # the chance leaps to 1 only at the expiry itself
    whole = np.concatenate([[0.0], np.cumsum(steps)])
    first = np.interp(rng.exponential(1.0, number), whole, at)
    more = np.interp(first + delta_s, at, whole) - np.interp(first, at, whole)
    return Expiries(-first, 1 + rng.poisson(more))
