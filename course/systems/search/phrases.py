"""Words next to each other, in this order."""

from collections.abc import Sequence

from course.systems.search.errors import EmptyQuery


def phrase_match(positions: Sequence[Sequence[int] | None]) -> list[int]:
    """Where a phrase begins in one document: all places p, increasing, such that p + i is among ``positions[i]`` for each i.

    ``positions`` has an entry for each word of the phrase, in its order: where that word stands in the document, increasing;
    or None for any word at all. A word that comes twice in the phrase has its list twice; nothing passed in changes.
    A phrase may begin with None: its first place is 0 or later, but no place is known to end the document. Raises
    `EmptyQuery` where no word is given at all. Time in the number of positions, not its square.
    """
    known = [(place, set(each)) for place, each in enumerate(positions) if each is not None]
    if not known:
        raise EmptyQuery
    (first, starts), *others = known
    found = {at - first for at in starts if at >= first}
    for place, each in others:
        found = {at for at in found if at + place in each}
    return sorted(found)
