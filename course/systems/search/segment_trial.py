"""Stores, policies and merges that live elsewhere, used where they live, with plain answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from course.systems.search.live_index import Merge, Pick, Searchable
from course.systems.search.segments import Entry, Segment, Snapshot

Plain = list[tuple[int, int, str | None]]
"""A segment: the id, the version and the text of each entry."""


def segment(entries: Sequence[Sequence[Any]]) -> Segment:
    """The segment of plain entries."""
    return Segment([(id, Entry(version, text)) for id, version, text in entries])


def told(made: Segment) -> Plain:
    """A segment in plain data."""
    return [(id, entry.version, entry.text) for id, entry in made.entries]


class StoreTrial:
    """A store that ``make`` makes. Segments and snapshots are numbered as they come."""

    def __init__(self, make: Callable[[], Searchable]) -> None:
        self.store = make()
        self._snapshots: list[Snapshot] = []

    def write(self, id: int, version: int, text: str | None) -> None:
        self.store.write(id, version, text)

    def refresh(self) -> Plain | None:
        """What the new segment holds, None where there is none."""
        made = self.store.refresh()
        return None if made is None else told(made)

    def snapshot(self) -> None:
        """Take the next snapshot; the first is number 0."""
        self._snapshots.append(self.store.snapshot())

    def search(self, number: int, words: Sequence[str]) -> list[int]:
        """What is found in snapshot ``number``."""
        return [int(id) for id in self.store.search(self._snapshots[number], words)]

    def segments(self) -> list[Plain]:
        """What can be found now, segment by segment."""
        return [told(each) for each in self.store.segments]

    def held(self, number: int) -> list[Plain]:
        """The segments of a snapshot."""
        return [told(each) for each in self._snapshots[number].segments]

    def replace(self, positions: Collection[int], entries: Plain) -> None:
        self.store.replace(positions, segment(entries))

    def waiting(self) -> int:
        """How many entries wait in memory."""
        return len(self.store.memtable)


class MergeTrial:
    """Runs ``merge``, a :func:`~course.systems.search.segment_merge.merge_segments`, on plain segments."""

    def __init__(self, merge: Merge) -> None:
        self.merge = merge

    def run(self, segments: Sequence[Plain], others: Sequence[Plain]) -> Plain:
        """What the merged segment holds."""
        return told(self.merge([segment(each) for each in segments], [segment(each) for each in others]))

    def run_on_keys(self, segments: Sequence[Plain], others: Sequence[Plain]) -> Plain:
        """As :meth:`run`, with a tuple of segments, and the others as the keys of a dict, which have no index."""
        picked = tuple(segment(each) for each in segments)
        return told(self.merge(picked, dict.fromkeys(segment(each) for each in others).keys()))

    def keeps_inputs(self, segments: Sequence[Plain], others: Sequence[Plain]) -> bool:
        """Whether both lists hold the same segments after it as before."""
        picked, rest = [segment(each) for each in segments], [segment(each) for each in others]
        before = [*picked], [*rest]
        self.merge(picked, rest)
        return (picked, rest) == before


class PolicyTrial:
    """Asks ``pick``, a :func:`~course.systems.search.merge_policy.pick_merge`, until nothing has to be merged."""

    def __init__(self, pick: Pick) -> None:
        self.pick = pick

    def settle(self, live: Sequence[int], fanout: int, base: int, cap: int) -> tuple[list[int], int]:
        """The sizes that are left and the merges that it took. After as many merges as there were segments it is given up."""
        sizes, merges = list(live), 0
        while merges <= len(live) and (
            picked := {int(place) for place in self.pick(sizes, fanout, base, cap)}
        ):
            whole = sum(sizes[place] for place in picked)
            sizes = [size for place, size in enumerate(sizes) if place not in picked] + [whole]
            merges += 1
        return sizes, merges
