"""Which nodes keep a copy of a key: the placement of replicas on a ring.

DeCandia et al., "Dynamo" (SOSP 2007), sections 4.3 and 4.6.
"""

from bisect import bisect_left

from course.systems.cluster.errors import EmptyRing
from course.systems.cluster.ring import HashRing


def holders(ring: HashRing, key: str, copies: int) -> list[str]:
    """The nodes that keep ``key``: ``copies`` of them, all different, its owner first.

    Every client works them out alone, so rings with the same nodes give the same list, whoever
    joined first. A node that does not keep the key may leave and the list stays. The second
    copies of one owner's keys are spread over several nodes, where an owner stands at many
    points. Which nodes those are is for you to choose; the ring stays as it is.

    Raises ``ValueError`` where ``copies`` is below 1, then ``EmptyRing()`` where there are no
    nodes. Fewer nodes than copies: all of them. Complexity: O(log P) on P points and a few
    steps a copy.
    """
    if copies < 1:
        raise ValueError(f"copies is {copies}; a key is kept at least once")
    if not ring.points:
        raise EmptyRing
    found: list[str] = []
    index = bisect_left(ring.points, (ring.place(key), ""))
    while len(found) < min(copies, len(ring.weights)):
        node = ring.points[index % len(ring.points)][1]
        if node not in found:
            found.append(node)
        index += 1
    return found
