"""The best few of many."""

import heapq
from collections.abc import Iterable

from course.systems.search.errors import NotComparable


def top_k(scores: Iterable[tuple[int, float]], k: int) -> list[tuple[int, float]]:
    """The ``k`` best of ``scores``, pairs of an id and a score that come in any order: best first, of equal scores the smaller id
    first. Fewer than ``k`` give all. A ``k`` of 0 or less gives none, and need not look at a score.

    Ids are different from each other; −inf is a score like any other. Raises ``NotComparable(id)`` for the first score that is NaN. Reads ``scores``
    once, also where they cannot be read again, and keeps no more than ``k`` of them when it asks for the next. O(n log k) comparisons.
    """
    heap: list[tuple[float, int]] = []
    for doc, score in scores:
        if score != score:
            raise NotComparable(doc)
        if len(heap) < k:
            heapq.heappush(heap, (score, -doc))
        elif heap and (score, -doc) > heap[0]:
            heapq.heapreplace(heap, (score, -doc))
    return [(-doc, score) for score, doc in sorted(heap, reverse=True)]
