"""Rendezvous (highest random weight) hashing: every node scores every key, the best score owns it.

Thaler and Ravishankar, "Using Name-Based Mappings to Increase Hit Rates" (IEEE/ACM ToN 1998); weights by the
logarithm method of Schindelhauer and Schomaker (SPAA 2005).
"""

import math
from collections.abc import Mapping

from course.systems.cluster.errors import EmptyRing
from course.systems.cluster.position import BITS, position


def rendezvous_owner(key: str, weights: Mapping[str, float]) -> str:
    """The owner of ``key`` among nodes with ``weights`` (all above 0): the highest ``-weight / ln(u)``, where u in
    (0, 1) is the hash of node and key; ties go to the smaller name.

    Removing a node moves its keys alone, in shares of the weights of the others. Raises ``EmptyRing`` where there is
    no node. Complexity: O(nodes) hashes a key, no memory beyond the weights.
    """
    if not weights:
        raise EmptyRing

    def score(node: str) -> float:
        u = (position(f"{node}/{key}") + 0.5) / 2.0**BITS
        return -weights[node] / math.log(u)

    return min(sorted(weights), key=lambda node: -score(node))
