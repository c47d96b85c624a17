"""What an index that takes updates is made of: entries with versions, in segments that never change.

Source: O'Neil and others, "The log-structured merge-tree" (Acta Informatica 33, 1996).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from course.systems.search.analysis import analyse
from course.systems.search.errors import NotIncreasing


class Entry(NamedTuple):
    """One version of a document. ``text`` is None where this version deletes it: a *tombstone*."""

    version: int
    text: str | None


class Segment:
    """``entries``: pairs of an id and its :class:`Entry`, in increasing order of id, one for each id. A segment never changes.

    ``len(segment)`` counts entries, ``for id, entry in segment`` goes through them, ``id in segment`` and :meth:`get` find
    one in O(1). Raises :class:`~course.systems.search.errors.NotIncreasing` where ids do not increase.
    """

    def __init__(self, entries: Iterable[tuple[int, Entry]] = ()) -> None:
        self.entries = tuple((id, Entry(*entry)) for id, entry in entries)
        for (before, _), (after, _) in pairwise(self.entries):
            if after <= before:
                raise NotIncreasing(before, after)

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[tuple[int, Entry]]:
        return iter(self.entries)

    def __contains__(self, id: object) -> bool:
        return id in self._by_id

    def get(self, id: int) -> Entry | None:
        """The entry of ``id``, None where this segment has none."""
        return self._by_id.get(id)

    def holding(self, words: Sequence[str]) -> list[int]:
        """The ids, increasing, of entries of this segment whose text has all of ``words``; a tombstone has none."""
        lists = [self._ids_of.get(word, frozenset[int]()) for word in words]
        return sorted(frozenset[int].intersection(*lists)) if lists else []

    @cached_property
    def _by_id(self) -> dict[int, Entry]:
        return dict(self.entries)

    @cached_property
    def _ids_of(self) -> dict[str, frozenset[int]]:
        found: dict[str, set[int]] = {}
        for id, entry in self.entries:
            for word in analyse(entry.text or ""):
                found.setdefault(word, set()).add(id)
        return {word: frozenset(ids) for word, ids in found.items()}


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A *point in time*: the segments that were searchable when it was taken, whatever becomes of them."""

    segments: tuple[Segment, ...]
