"""A map from ranges of keys to their owners that can be split while it serves.

Ranges as in Chang et al., "Bigtable" (OSDI 2006), section 5 (tablets); an epoch for each, so that a caller with an old map
is refused and not answered wrongly.
"""

from bisect import bisect_right
from dataclasses import dataclass

from course.systems.cluster.errors import BadCut, StaleMap


@dataclass(frozen=True)
class Range:
    """The keys from ``start`` on and before ``end`` (None: to the last), who owns them, and since which epoch."""

    start: str
    end: str | None
    owner: str
    epoch: int


class RangeMap:
    """Ranges side by side that hold every key exactly once; keys are compared as Python compares texts.

    Three lists in the order of the ranges: ``starts`` (sorted, the first is ``""``), ``owners``, ``epochs``. ``epoch``
    is the highest of all. At first one range holds all keys, at epoch 1. A ``Range`` has ``start``, ``end`` (None for the
    last), ``owner`` and ``epoch``.
    """

    def __init__(self, owner: str) -> None:
        self.starts = [""]
        self.owners = [owner]
        self.epochs = [1]
        self.epoch = 1

    def ranges(self) -> list[Range]:
        """All ranges, in order."""
        ends = [*self.starts[1:], None]
        return [Range(*each) for each in zip(self.starts, ends, self.owners, self.epochs, strict=True)]

    def locate(self, key: str) -> Range:
        """The range that holds ``key``: it starts at or before it, and ends after it.

        Complexity: O(log n) comparisons on n ranges, and no more work than that.
        """
        at = bisect_right(self.starts, key) - 1
        end = self.starts[at + 1] if at + 1 < len(self.starts) else None
        return Range(self.starts[at], end, self.owners[at], self.epochs[at])

    def split(self, at: str, owner: str) -> None:
        """Cut the range that holds ``at`` in two; the right half starts at ``at`` and belongs to ``owner`` from now on.

        The left half keeps its start and its owner. Both halves get one new epoch, one above the highest that the map has had,
        so that whoever holds the old map notices, whichever half he asks; no other range changes. ``owner`` may
        be any, also that of the left half. Raises ``BadCut(at)`` where a range starts at ``at`` already; nothing
        has changed then. Complexity: O(n).
        """
        place = bisect_right(self.starts, at)
        if self.starts[place - 1] == at:
            raise BadCut(at)
        self.epoch += 1
        self.epochs[place - 1] = self.epoch
        self.starts.insert(place, at)
        self.owners.insert(place, owner)
        self.epochs.insert(place, self.epoch)

    def serve(self, key: str, epoch: int) -> str:
        """The owner of ``key``, for a caller whose map says ``epoch`` of the key's range.

        Raises ``StaleMap(key, now)``, with the range's epoch now, where that is another one, higher or lower.
        A range that no split has touched goes on serving its old epoch. Complexity: that of ``locate``.
        """
        found = self.locate(key)
        if found.epoch != epoch:
            raise StaleMap(key, found.epoch)
        return found.owner
