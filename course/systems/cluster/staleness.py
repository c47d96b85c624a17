"""What quorums promise of staleness, in closed form and by measured delays.

Bailis, Venkataraman, Franklin, Hellerstein, Stoica, "Probabilistically Bounded Staleness for Practical Partial Quorums"
(PVLDB 5(8), 2012).
"""

from functools import lru_cache
from math import comb

import numpy as np
from numpy.typing import NDArray

from course.systems.cluster.delays import DISK_WRITE, ONE_WAY, SSD

TRIALS = 20_000
MOST = 5
"""Most copies of a measured store."""


def misses(copies: int, r: int, w: int, versions: int = 1) -> float:
    """Probability that a read of ``r`` random copies meets none of the ``w`` that have it, for each of the newest
    ``versions`` independently (equations 1 and 2, without repair). 0 where ``r + w > copies``."""
    return (comb(copies - w, r) / comb(copies, r)) ** versions


def down(copies: int, need: int, share: float) -> float:
    """Probability that fewer than ``need`` of ``copies`` are up, each down a ``share`` of the time independently: exact."""
    return sum(
        comb(copies, up) * (1 - share) ** up * share ** (copies - up) for up in range(min(need, copies + 1))
    )


@lru_cache(None)
def _delays() -> tuple[NDArray[np.float64], ...]:
    """One-way delays by trial and copy, ms: a write, its acknowledgement, a read's request, its answer."""
    rng = np.random.default_rng(5)
    return tuple(each.draw(rng, (TRIALS, MOST)) for each in (DISK_WRITE, SSD, SSD, SSD))


def measured(
    copies: int,
    r: int,
    w: int,
    *,
    lag: float = 0.0,
    far: int = 0,
    stand_in: bool = False,
    after: float = 10.0,
) -> dict[str, float]:
    """A write to all of ``copies`` and a read of another client at the moment of its acknowledgement, by published delays.

    The last copy lags by ``lag`` ms each way, the last ``far`` stand in another region ``ONE_WAY`` ms away. With
    ``stand_in`` one copy was down at the write, another machine took its place and acknowledged, and the copy is back for the
    read without the write. ``read99`` and ``write99`` (ms); ``stale``, the share of reads that miss the write, and ``settled``,
    the same ``after`` ms later. No repair.
    """
    late = np.zeros(MOST)
    late[-1] += lag
    late[MOST - far :] += ONE_WAY if far else 0.0
    pick = slice(MOST - copies, MOST)
    write, back, ask, answer = (delay[:, pick] + late[pick] for delay in _delays())
    acknowledged = np.sort(write + back, axis=1)[:, w - 1]
    answered = ask + answer
    first = np.argsort(answered, axis=1)[:, :r]

    def fresh(later: float) -> float:
        has = write <= acknowledged[:, None] + later + ask
        if stand_in:
            has[:, -1] = False
        return float(np.take_along_axis(has, first, axis=1).any(axis=1).mean())

    return {
        "read99": float(np.quantile(np.take_along_axis(answered, first, axis=1)[:, -1], 0.99)),
        "write99": float(np.quantile(acknowledged, 0.99)),
        "stale": 1 - fresh(0.0),
        "settled": 1 - fresh(after),
    }
