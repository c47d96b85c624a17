"""Random lives of a small index, held against a rebuild from scratch: for a store and a merge that may live elsewhere."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from course.systems.search.live_index import LiveIndex, Merge, Searchable
from course.systems.search.outbox import Change, Indexer

IDS, STEPS, WINDOW = 6, 60, 8
HORIZON = 2 * WINDOW
"""Of two changes that are less than a window apart the earlier one comes within so many changes of the other."""
IN_ORDER, TWICE, OUT_OF_ORDER = "in order", "twice", "out of order"


class Histories:
    """Runs stores that ``make`` makes, with ``merge``, through writes, deletions, refreshes and merges of any segments."""

    def __init__(self, make: Callable[[], Searchable], merge: Merge) -> None:
        self.make, self.merge = make, merge

    def wrong(
        self, histories: int, *, delivery: str = IN_ORDER, horizon: int = HORIZON, rule: bool = True
    ) -> int:
        """In how many of ``histories`` something is found at the end that a rebuild does not find, or the other way round.

        Changes are delivered "in order", "twice" or "out of order", where two change places only if less than eight apart, to an
        :class:`~course.systems.search.outbox.Indexer` with this ``horizon``. Without the ``rule`` a merge is told that no other
        segment holds anything, so it drops every tombstone.
        """
        return sum(
            self._differs(random.Random(number), delivery, horizon, rule) for number in range(histories)
        )

    def _differs(self, draw: random.Random, delivery: str, horizon: int, rule: bool) -> bool:
        merge = self.merge if rule else lambda segments, others: self.merge(segments, ())
        index = LiveIndex(self.make(), lambda *_: (), merge, fanout=2, base=1, cap=1)
        indexer = Indexer(index, horizon)
        made = changes(draw)
        for change in delivered(draw, made, delivery):
            indexer.apply([change])
            if draw.random() < 0.4:
                index.refresh()
            there = len(index.store.segments)
            if there > 1 and draw.random() < 0.25:
                index.rewrite(draw.sample(range(there), draw.randint(2, there)))
        index.refresh()
        return found(index) != rebuilt(made)


def changes(draw: random.Random) -> list[Change]:
    """Writes and deletions of a few documents, each a version of its own."""
    versions = dict.fromkeys(range(IDS), 0)
    made = []
    for _ in range(STEPS):
        id = draw.randrange(IDS)
        versions[id] += 1
        made.append(Change(id, versions[id], None if draw.random() < 0.35 else f"all v{versions[id]}"))
    return made


def delivered(draw: random.Random, made: Sequence[Change], delivery: str) -> list[Change]:
    """``made`` as an indexer gets them."""
    if delivery == TWICE:
        return [change for change in made for _ in range(2)]
    if delivery == OUT_OF_ORDER:
        places = [place + draw.uniform(0, WINDOW) for place in range(len(made))]
        return [made[place] for place in sorted(range(len(made)), key=places.__getitem__)]
    return list(made)


def rebuilt(made: Sequence[Change]) -> dict[int, int]:
    """What a rebuild from scratch holds: the version of each document that is not deleted."""
    last = {change.id: change for change in sorted(made, key=lambda change: change.version)}
    return {id: change.version for id, change in sorted(last.items()) if change.text is not None}


def found(index: LiveIndex) -> dict[int, int]:
    """The documents that a search finds, each with the highest of the versions under which it does; a document that is found by one
    of two words only has version 0."""
    ids = index.search(["all"])
    by_version = {version: set(index.search([f"v{version}"])) for version in range(1, STEPS + 1)}
    every = sorted(set(ids).union(*by_version.values()))
    return {
        id: max((version for version, held in by_version.items() if id in held), default=0) * (id in ids)
        for id in every
    }
