"""Whether postings can be written: held at the door, once."""

from collections.abc import Sequence

from course.systems.search.errors import BadBlock, NoPositions, NotIncreasing


def in_order(postings: Sequence[tuple[int, Sequence[int]]], block: int) -> None:
    """Raise what is wrong with ``postings`` (pairs of an id and its positions) or with ``block``; nothing where all is well.

    `BadBlock(block)` for a block below 1, before anything else. Then posting by posting, and of each in this order:
    `NotIncreasing(before, after)` for an id that is not above the id before, `NoPositions(doc)` for no positions,
    `NotIncreasing(before, after)` for a position that is not above the one before it in its document. Before the first of
    either stands -1.
    """
    if block < 1:
        raise BadBlock(block)
    before = -1
    for doc, positions in postings:
        if doc <= before:
            raise NotIncreasing(before, doc)
        if not positions:
            raise NoPositions(doc)
        before, at = doc, -1
        for position in positions:
            if position <= at:
                raise NotIncreasing(at, position)
            at = position
