"""A list of ids in blocks, without bytes: it remembers which of its blocks were asked for."""

from collections.abc import Callable, Sequence
from typing import Any

from course.systems.search.reader import Reader


class BlockList:
    """``ids`` in blocks of ``block``, as :func:`~course.systems.search.intersect.intersect` meets a list. ``asked``: the numbers of the
    blocks that were read, in their order."""

    def __init__(self, ids: Sequence[int], block: int) -> None:
        self._ids, self.block, self.count = list(ids), block, len(ids)
        self.firsts = self._ids[::block]
        self.asked: list[int] = []

    def ids(self, number: int, reader: Reader) -> list[int]:
        """The ids of block ``number``."""
        if not 0 <= number < len(self.firsts):
            raise IndexError(f"there is no block {number} among {len(self.firsts)}")
        self.asked.append(number)
        return self._ids[number * self.block : (number + 1) * self.block]


class Answered:
    """What ``intersect`` answers over lists of the ids ``found``: its ``answer``, the blocks ``asked`` for of each list, and whether the
    ``query_is_as_it_was``. Equal lists are one list that comes several times."""

    def __init__(
        self,
        intersect: Callable[[Sequence[Any], Reader], list[int]],
        found: Sequence[Sequence[int]],
        block: int,
    ) -> None:
        known: dict[tuple[int, ...], BlockList] = {}
        lists = [known.setdefault(tuple(ids), BlockList(ids, block)) for ids in found]
        query = list(lists)
        self.answer = intersect(query, Reader())
        self.asked = [each.asked for each in lists]
        self.query_is_as_it_was = query == lists
