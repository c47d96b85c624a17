"""Which segments to merge next.

Source: McCandless, "Visualizing Lucene's segment merges" (2011); O'Neil and others, "The log-structured merge-tree" (1996).
"""

from collections.abc import Sequence

from course.systems.search.errors import BadBase, BadFanout


def pick_merge(live: Sequence[int], fanout: int, base: int, cap: int) -> tuple[int, ...]:
    """The positions of the segments to merge next, increasing; or () for none.

    ``live``: how many documents of each segment are alive, 0 or more. A segment above half of ``cap`` is never merged. The others
    stand in *tiers* by size: tier 0 below ``base · fanout`` documents, tier 1 from there to below ``base · fanout²``, and so on. A tier is
    *full* when it has ``fanout`` segments or more.

    While a tier is full, () is wrong; before that it is allowed. What is picked are ``fanout`` segments or more, each once; *which* of those that may be
    merged, in whatever tier, is left to you. What is merged is written again, as one segment as large as its parts together, also above ``cap``, and a
    query opens every segment that is left. `live` stays unchanged. Raises `BadFanout(fanout)` for a ``fanout`` below 2, then `BadBase(base)` for a
    ``base`` below 1. O(n log n) for n segments.
    """
    if fanout < 2:
        raise BadFanout(fanout)
    if base < 1:
        raise BadBase(base)
    tiers: dict[int, list[int]] = {}
    for position, documents in enumerate(live):
        if 2 * documents <= cap:
            tier, end = 0, base * fanout
            while documents >= end:
                tier, end = tier + 1, end * fanout
            tiers.setdefault(tier, []).append(position)
    for tier in sorted(tiers):
        if len(tiers[tier]) >= fanout:
            return tuple(tiers[tier])
    return ()
