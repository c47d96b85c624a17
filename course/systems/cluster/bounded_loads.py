"""Consistent hashing with bounded loads: no node above its bound, and few keys away from home.

Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing with Bounded Loads" (SODA 2018; arXiv 1608.01350).
"""

import math
from bisect import bisect_left
from collections.abc import Sequence

from course.systems.cluster.errors import EmptyRing
from course.systems.cluster.ring import HashRing


def bounded_owners(ring: HashRing, requests: Sequence[str], epsilon: float) -> list[str]:
    """The node that serves each of ``requests``: keys in the order of arrival, so that a
    popular key stands there often.

    With m requests in all, a node may take at most ``ceil((1 + epsilon) * m * weight / W)`` of
    them, computed as it stands here, where ``weight`` is its entry in ``ring.weights`` and W the
    sum of all. A request starts at the first point at or after ``ring.place(key)`` and goes on
    clockwise, point by point, to the first whose node is below its bound; after the last point
    the ring goes on with the first. Use ``ring.points``, which is sorted, and do not change it.

    Raises ``ValueError`` where ``epsilon`` is no finite number above 0, then ``EmptyRing()``
    where there are no nodes, even for no requests. No requests on a ring: an empty list.
    Complexity: O(log P) and, for keys that lie at random, an expected O(1/epsilon²) steps a
    request (Mirrokni and others, section 3); a popular key walks past each node that it filled.
    """
    if not 0 < epsilon < math.inf:
        raise ValueError(
            f"epsilon is {epsilon}; it must be a finite number above 0, or the last request may find every node full"
        )
    if not ring.points:
        raise EmptyRing
    whole = sum(ring.weights.values())
    room = {
        node: math.ceil((1 + epsilon) * len(requests) * weight / whole)
        for node, weight in ring.weights.items()
    }
    owners = []
    for key in requests:
        index = bisect_left(ring.points, (ring.place(key), ""))
        while room[ring.points[index % len(ring.points)][1]] == 0:
            index += 1
        owners.append(ring.points[index % len(ring.points)][1])
        room[owners[-1]] -= 1
    return owners
