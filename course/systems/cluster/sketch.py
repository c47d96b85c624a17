"""Counting keys in less memory than keys: the count-min sketch.

Cormode and Muthukrishnan, "An Improved Data Stream Summary: The Count-Min Sketch and its Applications" (Journal of
Algorithms 55, 2005).
"""

import hashlib

from course.systems.cluster.errors import UnlikeSketches


class CountMinSketch:
    """Approximate counts in ``depth`` rows of ``width`` cells; each row sends a key to one cell by a hash of its own.

    ``seed`` and ``salt`` (at most 16 bytes, a secret) decide the hashes. ``table`` holds the rows, ``total`` is the sum
    of all that was added. Memory: width × depth cells, whatever the number of keys.
    """

    def __init__(self, width: int, depth: int, *, seed: int = 0, salt: bytes = b"") -> None:
        if width < 1 or depth < 1:
            raise ValueError(f"a sketch of {depth} rows of {width} cells; it needs at least one of each")
        self.width, self.depth, self.seed, self.salt = width, depth, seed, salt
        self.table = [[0] * width for _ in range(depth)]
        self.total = 0

    def cells(self, key: str) -> list[int]:
        """The cell of ``key`` in each row, from the first: BLAKE2b keyed by seed and row, salted."""
        text = key.encode()
        hashes = (
            hashlib.blake2b(text, digest_size=8, key=f"{self.seed}:{row}".encode(), salt=self.salt)
            for row in range(self.depth)
        )
        return [int.from_bytes(each.digest(), "big") % self.width for each in hashes]

    def add(self, key: str, count: int = 1) -> None:
        """Count ``key`` ``count`` times more, in its cell of every row (see ``cells``) and in ``total``.

        Raises ``ValueError`` where ``count`` is below 1; nothing has changed then. Complexity: O(depth).
        """
        if count < 1:
            raise ValueError(f"{key!r} was counted {count} times; a count is at least 1")
        for row, cell in zip(self.table, self.cells(key), strict=True):
            row[cell] += count
        self.total += count

    def estimate(self, key: str) -> int:
        """How often ``key`` was added, as near as its cells allow: never less than it was, since other keys only add.

        It is more than the truth by more than e · ``total`` / ``width`` with a probability of at most
        e^−``depth`` over the choice of hashes (Cormode and Muthukrishnan, theorem 1). A key that was never added may read above 0.
        Changes nothing. Complexity: O(depth).
        """
        return min(row[cell] for row, cell in zip(self.table, self.cells(key), strict=True))

    def merge(self, other: "CountMinSketch") -> None:
        """Make this the sketch that has seen its own stream and that of ``other``, which stays as it is.

        ``other`` may be this sketch itself: its stream is then counted twice. Raises ``UnlikeSketches(mine, other)``,
        each ``(width, depth, seed, salt)``, where those differ; nothing has changed then. Complexity: O(width · depth).
        """
        mine = (self.width, self.depth, self.seed, self.salt)
        theirs = (other.width, other.depth, other.seed, other.salt)
        if mine != theirs:
            raise UnlikeSketches(mine, theirs)
        for row, added in zip(self.table, other.table, strict=True):
            row[:] = [one + two for one, two in zip(row, added, strict=True)]
        self.total += other.total
