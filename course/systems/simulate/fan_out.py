"""The tail of a search that asks many shards, from the times of one of them.

Dean and Barroso, "The Tail at Scale" (CACM 56(2), 2013).
"""

import math
from collections.abc import Sequence

from course.systems.simulate.order_statistics import beta_quantile


def fan_out_quantile(leaf_ms: Sequence[float], shards: int, q: float, need: int | None = None) -> float:
    """The time within which a share ``q`` of all searches have the answers of ``need`` of their ``shards``
    leaves (of all, where ``need`` is None), in the unit of ``leaf_ms``.

    ``leaf_ms`` are measured times of single leaves, in any order, all finite. Each leaf of a search takes
    one of them by chance, all alike, independently of the others, so that one may be taken more than once.
    The result is one of ``leaf_ms``: the least by which at least a share ``q`` of searches is done, not a
    value between two. It is exact, nothing is drawn. A search that needs no leaf is done at once: 0.0.

    Raises ``ValueError`` where ``leaf_ms`` is empty, ``shards`` is below 1, ``q`` is not above 0 and below
    1, or ``need`` is below 0 or above ``shards``; which of these comes first does not matter, and they come before
    anything else. ``leaf_ms`` stays as it is. Complexity: one sort, whatever the number of shards.
    """
    need = shards if need is None else need
    if len(leaf_ms) == 0 or shards < 1 or not 0 < q < 1 or not 0 <= need <= shards:
        raise ValueError(
            f"{len(leaf_ms)} times, {need} of {shards} shards, q {q}: give a time, a shard, and q between 0 and 1"
        )
    if need == 0:
        return 0.0
    answered = beta_quantile(q, need, shards)
    place = math.ceil(answered * len(leaf_ms)) - 1
    return float(sorted(leaf_ms)[place])
