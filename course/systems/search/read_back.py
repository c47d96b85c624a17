"""What a posting list says of itself, looked at where it lives, in one go."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cached_property
from typing import Any

from course.systems.search.postings import PostingList
from course.systems.search.reader import Reader


class ReadBack:
    """The list of a class ``kind`` that is made of ``postings``, as a check asks about it."""

    def __init__(
        self, kind: type[PostingList], postings: Sequence[tuple[int, Sequence[int]]], block: int
    ) -> None:
        self._kind, self._postings, self._block = kind, postings, block

    @cached_property
    def _made(self) -> PostingList:
        return self._kind.encode(self._postings, self._block)

    def argument_is_as_it_was(self) -> bool:
        """Whether encoding changed nothing of what it was given."""
        before = deepcopy(self._postings)
        return self._made.count == len(before) and before == self._postings

    def in_memory(self) -> dict[str, Any]:
        """Its count, its block, and the first id of each block."""
        return {"count": self._made.count, "block": self._made.block, "firsts": list(self._made.firsts)}

    def ids(self, order: Sequence[int]) -> list[list[int]]:
        """The ids of the blocks that ``order`` names, in that order."""
        reader = Reader()
        return [self._made.ids(number, reader) for number in order]

    def positions(self, order: Sequence[int]) -> list[list[list[int]]]:
        """The positions of the blocks that ``order`` names, in that order."""
        reader = Reader()
        return [self._made.positions(number, reader) for number in order]

    def bytes_read(self, what: str) -> dict[str, int]:
        """The bytes of all streams; those that are read for ``what`` of the first block; and of those that are read for that of
        every block, how many were read before."""
        first, every = Reader(), Noting()
        getattr(self._made, what)(0, first)
        for number in range(len(self._made.firsts)):
            getattr(self._made, what)(number, every)
        streams = sum(map(len, self._made.streams.values()))
        return {"streams": streams, "first": first.total, "again": every.total - len(every.places)}


class Noting(Reader):
    """A reader that knows which bytes it has handed out."""

    def __init__(self) -> None:
        super().__init__()
        self.places: set[tuple[str, int]] = set()

    def bytes(self, streams: Mapping[str, bytes], name: str, start: int, stop: int) -> bytes:
        found = super().bytes(streams, name, start, stop)
        self.places.update((name, start + place) for place in range(len(found)))
        return found
