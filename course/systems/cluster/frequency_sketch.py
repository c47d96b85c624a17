"""How often a key was read lately, in half a byte: a count-min sketch whose counters stop at 15 and are halved.

Einziger, Friedman and Manes, "TinyLFU: A Highly Efficient Cache Admission Policy" (ACM Transactions on Storage 13, 2017).
"""

import hashlib
from functools import lru_cache

CAP = 15
"""The most that a counter of 4 bits holds."""


@lru_cache(maxsize=1 << 17)
def _cells(key: str, width: int, depth: int) -> tuple[int, ...]:
    """The counter of ``key`` in each row: a word each of its SHA-256."""
    digest = hashlib.sha256(key.encode()).digest()
    return tuple(int.from_bytes(digest[4 * row : 4 * row + 4], "big") % width for row in range(depth))


class FrequencySketch:
    """Counts of keys in ``depth`` rows of ``width`` counters, each of which goes to 15 and stays there.

    ``halvings`` says how often all were halved, ``asked`` how often an estimate was asked for. Raises ``ValueError``
    unless there is a counter in each row, and between 1 and 8 rows. Memory: ``width`` × ``depth`` × 4 bits.
    """

    def __init__(self, width: int, depth: int = 4) -> None:
        if width < 1 or not 1 <= depth <= 8:
            raise ValueError(
                f"a sketch of {depth} rows of {width} counters; it has 1 to 8 rows of at least 1"
            )
        self.width, self.depth = width, depth
        self.rows = [[0] * width for _ in range(depth)]
        self.halvings = 0
        self.asked = 0

    def record(self, key: str) -> None:
        """Count ``key`` once more. Complexity: O(depth)."""
        for row, cell in zip(self.rows, _cells(key, self.width, self.depth), strict=True):
            if row[cell] < CAP:
                row[cell] += 1

    def estimate(self, key: str) -> int:
        """How often ``key`` was counted, 0 to 15: never less than it was since the last halving. Complexity: O(depth)."""
        self.asked += 1
        return min(
            row[cell] for row, cell in zip(self.rows, _cells(key, self.width, self.depth), strict=True)
        )

    def halve(self) -> None:
        """Halve every counter, rounding down: what was popular long ago fades. Complexity: O(width · depth)."""
        self.halvings += 1
        self.rows = [[count >> 1 for count in row] for row in self.rows]
