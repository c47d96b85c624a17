"""Which replica gets a request: the less loaded of two, or the one that knows its beginning, unless that one is
full.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from course.systems.cluster.position import position
from course.systems.serving.errors import InvalidBound, NoReplica

FLOOR = 4
"""Jobs in flight that a replica may always have, however small the mean."""


def two_choices(loads: Sequence[float], rng: random.Random) -> int:
    """The place of the replica that gets the next request: of two different ones drawn from ``rng``, all pairs
    alike likely, the one with the smaller load; of equal loads either, alike likely. One replica alone is
    chosen.

    Reads two of ``loads``, however many there are, and changes none. Raises ``NoReplica()`` where there is
    none. O(1). Source: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing" (IEEE TPDS 12(10),
    2001).
    """
    if not loads:
        raise NoReplica
    if len(loads) == 1:
        return 0
    one, other = rng.sample(range(len(loads)), 2)
    return one if loads[one] <= loads[other] else other


def prefix_affinity(key: str, loads: Mapping[str, float], bound: float) -> str:
    """The name of the replica that gets a request whose prompt begins with ``key``: the one that has that
    beginning cached, if anybody has, unless it is full.

    ``loads`` gives the requests in flight of each replica by name, at least 0. Each key has an order of
    preference among the replicas: by ``position(f"{name}/{key}")``, the highest first, and of equal ones the
    smaller name. With this request, a replica may have at most ``bound`` times the mean load, in which this
    request counts too; but ``FLOOR`` it may have in any case. The request goes to the first in its key's order
    that may take it; where none may, to the least loaded, of equally loaded ones to the first in the order.

    So a replica that comes or goes moves no key between the others, and every process answers alike. ``bound``
    may be infinity. Changes nothing. Raises ``NoReplica()`` where there is none, then ``InvalidBound(bound)``
    for a bound below 1 or NaN. O(n log n) for n replicas, n hashes. Source: Mirrokni, Thorup and Zadimoghaddam,
    "Consistent Hashing with Bounded Loads" (arXiv 1608.01350), with the order of rendezvous hashing.
    """
    if not loads:
        raise NoReplica
    if not bound >= 1:
        raise InvalidBound(bound)
    order = sorted(loads, key=lambda name: (-position(f"{name}/{key}"), name))
    most = max(FLOOR, bound * (sum(loads.values()) + 1) / len(loads))
    return next((name for name in order if loads[name] + 1 <= most), min(order, key=lambda name: loads[name]))
