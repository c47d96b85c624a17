"""Which keys take most of a stream, in a fixed number of counters.

Metwally, Agrawal, El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams" (ICDT 2005): the
space-saving algorithm, here with a heap that is put right when it is read.
"""

from heapq import heappush, heapreplace


class SpaceSaving:
    """A stream's most frequent keys in at most ``counters`` counters.

    ``counts`` has each counted key's counter, ``taken`` what that counter had taken over from others when the key moved
    in (0 for a counter of its own), and ``total`` is the length of the stream. A key's true count lies between ``counts[key] - taken[key]`` and
    ``counts[key]``; of a key without a counter it is at most the least counter. ``order`` is yours: a place for
    whatever finds the least counter, of at most 8 entries a counter, however long the stream is.
    """

    def __init__(self, counters: int) -> None:
        if counters < 1:
            raise ValueError(f"{counters} counters; at least one is needed")
        self.counters = counters
        self.counts: dict[str, int] = {}
        self.taken: dict[str, int] = {}
        self.total = 0
        self.order: list[tuple[int, str]] = []

    def add(self, key: str) -> None:
        """Take the next ``key`` of the stream into account.

        A counted key's counter goes up by one. A newcomer gets a counter of its own, at 1, while there are fewer than
        ``counters``. After that it takes the counter of the key that has the least (of equals the first in the
        order of texts), which is forgotten: the newcomer's counter is the old one's plus 1, and what it took over is
        the old one's. So the counters always add up to ``total``. Complexity: O(log ``counters``), averaged over
        a long stream.
        """
        self.total += 1
        if key in self.counts:
            self.counts[key] += 1
        elif len(self.counts) < self.counters:
            self.counts[key], self.taken[key] = 1, 0
            heappush(self.order, (1, key))
        else:
            while (least := self.order[0])[0] != self.counts[least[1]]:
                heapreplace(self.order, (self.counts[least[1]], least[1]))
            count, old = least
            del self.counts[old], self.taken[old]
            self.counts[key], self.taken[key] = count + 1, count
            heapreplace(self.order, (count + 1, key))

    def hot(self, share: float) -> set[str]:
        """The keys that took at least ``share`` of the stream so far, as far as the counters tell.

        A key whose true count certainly reaches ``share`` · ``total`` is in it, and one whose true count certainly
        does not is not. Between the two the counters cannot tell, and you decide. An empty stream has none. Raises
        ``ValueError`` unless 0 < ``share`` <= 1, of an empty stream too. Asked at shares that floats hold exactly, such as
        0.25: rounding decides nothing. Changes nothing. Complexity: O(``counters``).
        """
        if not 0 < share <= 1:
            raise ValueError(f"a share of {share}; it is above 0 and at most 1")
        least = share * self.total
        return {key for key, count in self.counts.items() if count - self.taken[key] >= least}
