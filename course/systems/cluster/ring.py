"""Consistent hashing with virtual nodes, weights, and the share of load that a change moves.

Karger et al., "Consistent Hashing and Random Trees" (STOC 1997), with several points a node already; virtual nodes as in
Stoica et al., "Chord" (SIGCOMM 2001), section 6.2, and DeCandia et al., "Dynamo" (SOSP 2007), section 4.2.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping

from course.systems.cluster.errors import DuplicateNode, EmptyRing, UnknownNode
from course.systems.cluster.position import Tally, counted_position, position


def moved_share(
    before: Mapping[str, str], after: Mapping[str, str], load: Mapping[str, float] | None = None
) -> float:
    """The share of the load whose key has another owner after a change.

    ``before`` and ``after`` map each key to its owner. ``load`` gives each key's requests per
    second; without it (None) every key weighs 1, and a key that ``load`` leaves out weighs 0. The
    share is moved load over all load of the keys in ``before``: a key that has no owner
    afterwards has moved, a key that is only in ``after`` is new and counts nowhere. Where
    there is no load at all (an empty ``load``, no keys) the share is 0.0. Complexity: one pass
    over ``before``.
    """
    total = moved = 0.0
    for key, owner in before.items():
        weight = 1.0 if load is None else load.get(key, 0.0)
        total += weight
        if after.get(key) != owner:
            moved += weight
    return moved / total if total else 0.0


class HashRing:
    """A consistent-hash ring: each node stands at many points, a key belongs to the first
    point clockwise from it.

    ``vnodes`` is the number of points of a node of weight 1. With ``counted`` the ring tallies
    the comparisons that its searches make (``comparisons``). Memory: one entry a point,
    ``vnodes`` × the sum of weights.
    """

    def __init__(self, vnodes: int = 100, *, counted: bool = False) -> None:
        if vnodes < 1:
            raise ValueError(f"vnodes is {vnodes}; a node needs at least 1 point")
        self.vnodes = vnodes
        self.weights: dict[str, float] = {}
        self.points: list[tuple[int, str]] = []
        self._tally = Tally() if counted else None

    def add(self, node: str, weight: float = 1.0) -> None:
        """Put ``node`` on the ring at ``round(vnodes * weight)`` points, at least one.

        Point number i (from 0) stands at ``self.place(f"{node}#{i}")``. ``self.points`` holds
        ``(position, node)`` pairs and is always sorted, so two nodes at the same position
        stand in the order of their names and it does not matter who came first. Remember the
        weight in ``self.weights``. Raises ``DuplicateNode(node)`` where the node is on the
        ring already, then ``ValueError`` where the weight is no finite number above 0; nothing
        has changed then.
        Complexity: O(P + v log v) for v new points on a ring of P; a sort keeps to that, since it
        takes the run that is sorted already as it is. An insertion for each point moves v·P items.
        """
        if node in self.weights:
            raise DuplicateNode(node)
        if not 0 < weight < math.inf:
            raise ValueError(f"the weight of {node!r} is {weight}; it must be a finite number above 0")
        count = max(1, round(self.vnodes * weight))
        self.points.extend((self.place(f"{node}#{i}"), node) for i in range(count))
        self.points.sort()
        self.weights[node] = weight

    def lookup(self, key: str) -> str:
        """The node that owns ``key``: that of the first point at or after ``self.place(key)``.

        After the last point the ring goes on with the first. Raises ``EmptyRing()`` where
        there are no nodes. Complexity: O(log P) comparisons of positions on P points.
        """
        if not self.points:
            raise EmptyRing
        index = bisect_left(self.points, (self.place(key), ""))
        return self.points[index % len(self.points)][1]

    def remove(self, node: str) -> None:
        """Take ``node`` off the ring; its keys fall to the next points clockwise. Raises ``UnknownNode(node)``."""
        if node not in self.weights:
            raise UnknownNode(node)
        del self.weights[node]
        self.points = [point for point in self.points if point[1] != node]

    def place(self, label: str) -> int:
        """The position of a label on the ring."""
        return position(label) if self._tally is None else counted_position(label, self._tally)

    @property
    def comparisons(self) -> int:
        """Comparisons of positions so far, on a counted ring."""
        return 0 if self._tally is None else self._tally.comparisons
