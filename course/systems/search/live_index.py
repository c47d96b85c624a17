"""An index that is kept up to date and in order: a store, a policy of merges, and the merge, whoever wrote them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from course import facts
from course.systems.search.segments import Entry, Segment, Snapshot

DEAD = facts.MERGE_DEAD_ALLOWED.value / 100
"""A segment that is too large to be merged is rewritten once this part of it is dead."""


class Searchable(Protocol):
    """A :class:`~course.systems.search.segment_store.SegmentStore`, whoever wrote it."""

    memtable: dict[int, Entry]
    segments: tuple[Segment, ...]

    def write(self, id: int, version: int, text: str | None) -> None: ...
    def refresh(self) -> Segment | None: ...
    def snapshot(self) -> Snapshot: ...
    def release(self, snapshot: Snapshot) -> None: ...
    def search(self, snapshot: Snapshot, words: Sequence[str]) -> list[int]: ...
    def replace(self, positions: Collection[int], merged: Segment) -> None: ...
    def on_disk(self) -> list[Segment]: ...


Pick = Callable[[Sequence[int], int, int, int], Sequence[int]]
Merge = Callable[[Sequence[Segment], Collection[Segment]], Segment]


class LiveIndex:
    """``store`` with merges after each refresh, by ``pick`` in tiers of ``fanout`` from ``base`` documents on, up to ``cap``.

    ``came``: changes that were written · ``written``: entries that were written to segments, the first time and again.
    """

    def __init__(
        self, store: Searchable, pick: Pick, merge: Merge, *, fanout: int, base: int, cap: int
    ) -> None:
        self.store, self._pick, self._merge = store, pick, merge
        self.fanout, self.base, self.cap = fanout, base, cap
        self.came = self.written = 0

    def write(self, id: int, version: int, text: str | None) -> None:
        """Take a change; it can be found after the next :meth:`refresh`."""
        self.came += 1
        self.store.write(id, version, text)

    def refresh(self) -> None:
        """Make what came searchable, then merge until nothing has to be, and rewrite what is too dead."""
        self.written += len(self.store.refresh() or ())
        while picked := self._pick(self.alive(), self.fanout, self.base, self.cap):
            self.rewrite(picked)
        for segment, alive in zip(self.store.segments, self.alive(), strict=True):
            if 2 * alive > self.cap and alive <= (1 - DEAD) * len(segment):
                self.rewrite([self.store.segments.index(segment)])

    def rewrite(self, positions: Collection[int]) -> None:
        """Merge the segments at ``positions``; one alone loses what is dead in it."""
        every = self.store.segments
        merged = self._merge(
            [every[place] for place in positions],
            [each for place, each in enumerate(every) if place not in positions],
        )
        self.written += len(merged)
        self.store.replace(positions, merged)

    def alive(self) -> list[int]:
        """For each segment, how many of its documents are alive: not deleted, and nowhere newer."""
        newest: dict[int, int] = {}
        for segment in self.store.segments:
            for id, entry in segment:
                newest[id] = max(entry.version, newest.get(id, entry.version))
        return [
            sum(entry.text is not None and entry.version == newest[id] for id, entry in segment)
            for segment in self.store.segments
        ]

    def search(self, words: Sequence[str]) -> list[int]:
        """The documents that have all of ``words`` now."""
        snapshot = self.store.snapshot()
        try:
            return self.store.search(snapshot, words)
        finally:
            self.store.release(snapshot)
