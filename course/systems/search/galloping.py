"""Two ways to walk a sorted list beside a shorter one, with every comparison counted."""

from bisect import bisect_left
from collections.abc import Sequence


def gallop(ids: Sequence[int], target: int, at: int = 0) -> int:
    """The first place from ``at`` on whose id is ``target`` or more; ``len(ids)`` where there is none.

    Steps of 1, 2, 4, … until one lands at or past the target, then a binary search between the last two. For a distance of
    d that is at most 2⌊log2(d + 1)⌋ + 2 comparisons (after Bentley and Yao 1976), however long the list is.
    """
    step, low = 1, at
    while low + step <= len(ids) and ids[low + step - 1] < target:
        low, step = low + step, 2 * step
    return bisect_left(ids, target, low, min(len(ids), low + step))


def comparisons_of_gallop(short: Sequence[int], long: Sequence[int]) -> int:
    """Comparisons to find every id of ``short`` in ``long``, each search going on where the last one ended."""
    compared = 0

    class Counted(int):
        def __lt__(self, other: int) -> bool:
            nonlocal compared
            compared += 1
            return int(self) < int(other)

    ids, at = [Counted(doc) for doc in long], 0
    for doc in short:
        at = gallop(ids, doc, at)
        compared += at < len(ids)  # whether it is the id itself
    return compared


def comparisons_of_merge(short: Sequence[int], long: Sequence[int]) -> int:
    """Comparisons of a plain merge of the two: one for each step of either."""
    at = compared = 0
    for doc in short:
        while at < len(long):
            compared += 1
            if long[at] >= doc:
                break
            at += 1
        compared += at < len(long)  # whether it is the id itself
    return compared
