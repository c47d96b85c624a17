"""Where a label stands on the ring: a hash that is the same on every machine and in every process."""

import hashlib
from functools import lru_cache

BITS = 64
"""The ring has 2**64 positions."""


@lru_cache(maxsize=1 << 16)
def position(label: str) -> int:
    """The position of ``label`` on the ring, in [0, 2**64).

    BLAKE2b (RFC 7693) of its UTF-8 bytes, 8 bytes long. Python's own ``hash`` is salted anew in each process, so two
    machines would disagree on the owner of every key. Complexity: linear in the label; the last 65,536 are remembered.
    """
    return int.from_bytes(hashlib.blake2b(label.encode(), digest_size=BITS // 8).digest(), "big")


class Tally:
    """How many comparisons of positions were made."""

    def __init__(self) -> None:
        self.comparisons = 0


class CountedPosition(int):
    """A position that adds one to a tally whenever it is compared, so that a search's cost can be counted."""

    tally: Tally

    def __lt__(self, other: int) -> bool:
        self.tally.comparisons += 1
        return int.__lt__(self, other)

    def __gt__(self, other: int) -> bool:
        self.tally.comparisons += 1
        return int.__gt__(self, other)

    def __le__(self, other: int) -> bool:
        self.tally.comparisons += 1
        return int.__le__(self, other)

    def __ge__(self, other: int) -> bool:
        self.tally.comparisons += 1
        return int.__ge__(self, other)


def counted_position(label: str, tally: Tally) -> CountedPosition:
    """:func:`position`, counting comparisons in ``tally``."""
    counted = CountedPosition(position(label))
    counted.tally = tally
    return counted
