"""Who may enter a full cache: whoever was read more often lately than the one that would have to go.

Einziger, Friedman and Manes, "TinyLFU: A Highly Efficient Cache Admission Policy" (ACM Transactions on Storage 13, 2017).
"""

from course.systems.cluster.frequency_sketch import FrequencySketch


class TinyLFU:
    """An admission policy: it counts reads, and compares a newcomer with the key that would have to go.

    ``sketch`` counts (:class:`~course.systems.cluster.frequency_sketch.FrequencySketch`, ``width`` counters a row): it
    has ``record(key)``, ``estimate(key)`` and ``halve()``. ``seen`` is its age, in reads. Raises ``ValueError`` for a
    ``sample`` below 1.
    """

    def __init__(self, sample: int, width: int) -> None:
        if sample < 1:
            raise ValueError(f"a sample of {sample} reads; it is at least 1")
        self.sample = sample
        self.seen = 0
        self.sketch = FrequencySketch(width)

    def record(self, key: str) -> None:
        """Count one read of ``key``: every read is told, whether the cache had it, fetched it, or refused it.

        This read is counted first, and ``seen`` grows by one. Where ``seen`` has then reached ``sample``, all counters are
        halved (once), and ``seen`` with them, rounded down: so the next halving comes after half as many reads, and a
        read of long ago counts less and less. Complexity: O(1), and O(width) at a halving.
        """
        self.sketch.record(key)
        self.seen += 1
        if self.seen >= self.sample:
            self.sketch.halve()
            self.seen //= 2

    def admit(self, candidate: str, victim: str) -> bool:
        """Whether ``candidate`` shall take the place of ``victim``: of the two, the one stays that was read more often.

        By the sketch's estimates; it asks for those of the two keys alone, once each. It is no read: it counts nothing and
        changes nothing. Any two keys may be compared, also those that were never read, and a key with itself.
        Complexity: O(depth), whatever the size of the cache.
        """
        return self.sketch.estimate(candidate) > self.sketch.estimate(victim)
