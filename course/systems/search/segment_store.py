"""An index that takes updates: changes gather in memory, become segments that never change, and a snapshot reads those."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from course.systems.search.errors import EmptyQuery
from course.systems.search.segments import Entry, Segment, Snapshot


class SegmentStore:
    """``memtable``: what was written and cannot be found yet, by id · ``segments``: what can be found, a tuple, newest last.

    Which of two entries of an id is the newer one, their versions say, and nothing else does.
    """

    def __init__(self) -> None:
        self.memtable: dict[int, Entry] = {}
        self.segments: tuple[Segment, ...] = ()
        self._held: list[Snapshot] = []

    def write(self, id: int, version: int, text: str | None) -> None:
        """Take a change into ``memtable``: document ``id`` has this ``text`` at ``version``, or is deleted where it is None.

        Changes come more than once, and not always in order: where ``memtable`` has this version of the id or a newer one,
        nothing happens. O(1).
        """
        if id not in self.memtable or self.memtable[id].version < version:
            self.memtable[id] = Entry(version, text)

    def refresh(self) -> Segment | None:
        """Make what is in memory searchable: it becomes a new segment, the last of ``segments``, and ``memtable`` is empty.

        The entries of a segment stand in order of id; what deletes is an entry like any other. Gives the new segment. Where
        nothing was written there is none: it gives None, and ``segments`` stays. Snapshots that were taken before do not
        change. O(n log n) for n entries in memory.
        """
        if not self.memtable:
            return None
        segment = Segment(sorted(self.memtable.items()))
        self.memtable = {}
        self.segments = (*self.segments, segment)
        return segment

    def snapshot(self) -> Snapshot:
        """What can be found now. Its segments stay on disk until :meth:`release`, also when they were merged away."""
        taken = Snapshot(self.segments)
        self._held.append(taken)
        return taken

    def release(self, snapshot: Snapshot) -> None:
        """Nobody reads ``snapshot`` any more."""
        self._held.remove(snapshot)

    def search(self, snapshot: Snapshot, words: Sequence[str]) -> list[int]:
        """The documents of ``snapshot`` that have all of ``words``: their ids, increasing, each once.

        The newest version of a document decides, in whichever of the snapshot's segments it stands; the versions before it are
        not found any more. ``segment.holding(words)`` gives the ids of one segment. What was written or refreshed after the
        snapshot was taken has no say. No words are an `EmptyQuery`, before anything else. Only ids that ``holding`` gives are
        looked up, never all of a segment: O(h · m) for h ids found in m segments.
        """
        if not words:
            raise EmptyQuery
        found = set()
        for segment in snapshot.segments:
            for id in segment.holding(words):
                versions = [entry.version for each in snapshot.segments if (entry := each.get(id))]
                if (entry := segment.get(id)) and entry.version == max(versions):
                    found.add(id)
        return sorted(found)

    def replace(self, positions: Collection[int], merged: Segment) -> None:
        """Put ``merged`` in the place of the segments at ``positions``; an empty one is not kept."""
        kept = [each for place, each in enumerate(self.segments) if place not in positions]
        first = min(positions)
        self.segments = tuple([*kept[:first], *([merged] if len(merged) else []), *kept[first:]])

    def on_disk(self) -> list[Segment]:
        """The segments that take space: those that can be found, and those that a snapshot still holds."""
        every = [*self.segments, *(each for snapshot in self._held for each in snapshot.segments)]
        return list({id(each): each for each in every}.values())
