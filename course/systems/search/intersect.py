"""Documents in all of several lists, at the price of the shortest."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol

from course.systems.search.errors import EmptyQuery
from course.systems.search.galloping import gallop
from course.systems.search.reader import Reader


class Blocks(Protocol):
    """What a list shows of itself: see :class:`~course.systems.search.postings.PostingList`."""

    @property
    def count(self) -> int: ...

    @property
    def firsts(self) -> Sequence[int]: ...

    def ids(self, number: int, reader: Reader) -> list[int]: ...


def intersect(lists: Sequence[Blocks], reader: Reader) -> list[int]:
    """The ids that stand in every one of ``lists``, increasing.

    A list says its ``count``, the first id of each block (``firsts``), and the ids of a block (``ids(number, reader)``),
    which costs bytes. Of the list with the fewest ids every block may be read. The others follow from short to long. Of
    each, no block is read that cannot hold a *candidate*, an id that stood in all lists before it, and none is read twice.
    So the order in which the lists are passed makes no difference to what is read, unless two are equally long. The same
    list may come twice, and counts as two. Raises `EmptyQuery` for no list. Nothing passed in changes.

    For m candidates in a list of n blocks: at most min(m, n) blocks, and O(m log n) comparisons in ``firsts``. Within a
    block, which is decoded whole, any search will do.
    """
    if not lists:
        raise EmptyQuery
    shortest, *others = sorted(lists, key=lambda each: each.count)
    found = [doc for number in range(len(shortest.firsts)) for doc in shortest.ids(number, reader)]
    for each in others:
        candidates, found = found, []
        now, ids, at = -1, list[int](), 0
        for doc in candidates:
            number = gallop(each.firsts, doc + 1, max(now, 0)) - 1
            if number < 0:
                continue
            if number != now:
                now, ids, at = number, each.ids(number, reader), 0
            at = bisect_left(ids, doc, at)
            if at < len(ids) and ids[at] == doc:
                found.append(doc)
    return found
