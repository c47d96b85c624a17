"""Is a short history of reads and writes as if there were one copy? A search over orders.

Herlihy and Wing, "Linearizability: A Correctness Condition for Concurrent Objects" (TOPLAS 1990); the search is Wing and
Gong's (1993), with the states that it has seen remembered (Lowe 2017).
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """A ``"write"`` of ``value``, or a ``"read"`` that returned it, of one register that held "" at first; from ``start``
    to ``end``."""

    kind: str
    value: str
    start: float
    end: float


def linearizable(history: Sequence[Operation]) -> bool:
    """Whether the operations can be put into one order that explains every read, and in which what ended before another began
    stands before it. Exponential in the worst case: for histories of some twenty operations."""
    tried: set[tuple[frozenset[int], str]] = set()

    def explained(left: frozenset[int], value: str) -> bool:
        if not left:
            return True
        if (left, value) in tried:
            return False
        tried.add((left, value))
        first_end = min(history[place].end for place in left)
        for place in left:
            each = history[place]
            if each.start > first_end or (each.kind == "read" and each.value != value):
                continue
            if explained(left - {place}, each.value):
                return True
        return False

    return explained(frozenset(range(len(history))), "")
