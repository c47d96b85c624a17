"""Day 18's measure: an index of 400 docstrings, built, churned and flooded through the learner's own class.

The vectors are the fixed sample of ``datasets/docstring_sample.py``. What a design finds is compared with exact search;
what it costs is counted by the index itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from course import facts
from course.checking.subject import Subject, each, plain
from course.systems.search.exact import ExactIndex
from datasets.docstring_sample import sample

Rows = NDArray[np.float32]
DIM = 64
DOCUMENTS, NEWCOMERS, QUERIES = slice(0, 520), slice(520, 700), slice(700, 800)
"""Rows of the sample: what is stored from the first day on or added later, honest newcomers at the door, queries."""
EDIT = 0.02
"""Squared distance by which a new wording moves a document."""


@cache
def rows() -> Rows:
    """The fixed sample."""
    return sample()


@dataclass(frozen=True)
class Stock:
    """One index on the learner's side and what the examiner knows of it; nobody changes it once it is made.

    ``stored`` are the vectors by id, ``live`` the ids that a search may return, ``layers`` and ``entry`` the graph as
    plain data, ``build`` the distances that an insert cost, ``upkeep`` those that repairs cost for each delete.
    """

    index: Subject
    stored: Rows
    live: tuple[int, ...]
    layers: list[dict[int, list[int]]]
    entry: int
    build: float
    upkeep: float = 0.0
    paid: dict[tuple[Any, ...], tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, index: Subject, stored: Rows, live: Sequence[int], build: float, upkeep: float = 0.0
    ) -> "Stock":
        """The index as it is now."""
        layers, entry = plain(index.layers, list), plain(index.entry_point, int)
        return cls(index, stored, tuple(live), layers, entry, build, upkeep)

    def copy(self, Index: Subject, M: int, ef_construction: int) -> Subject:
        """The same index once more, to be changed."""
        again: Subject = Index.from_layers(self.stored, self.layers, self.entry, M=M)
        again.ef_construction = ef_construction
        again.delete(sorted(set(self.layers[0]) - set(self.live)))
        return again

    def slots(self, M: int) -> int:
        """Link slots that the graph reserves."""
        return sum((M if number else 2 * M) * len(layer) for number, layer in enumerate(self.layers))

    def asked(self, goal: Sequence[int], queries: Rows, ef: int, k: int) -> tuple[float, float]:
        """Of the ``k`` nearest among ``goal`` those missed, in %, and distances a query; asked once for each ``ef``."""
        key = (len(goal), len(queries), ef, k)
        if key not in self.paid:
            self.index.reset_cost()
            found = np.asarray(plain(self.index.search_batch(queries, k, ef), "ndarray"), dtype=np.int64)
            cost = int(plain(self.index.reset_cost(), dict)["distances"]) / len(queries)
            exact = ExactIndex(self.stored, goal)
            missed = 100 * (1 - exact.recall(queries, found.reshape(len(queries), -1), k))
            self.paid[key] = round(missed, 9), cost
        return self.paid[key]


_MADE: WeakKeyDictionary[Subject, dict[tuple[Any, ...], Stock]] = WeakKeyDictionary()
"""What each class has built: the same every time, so built once."""


def measure(design: Mapping[str, Any], load: Mapping[str, Any], Index: Subject) -> dict[str, float]:
    """What the index does under ``load`` with this design.

    ``missed``: of the true ten nearest of 100 queries, in %. ``distances``: vectors measured a query. ``build``: vectors
    measured an insert, when the index was built. ``links``: bytes of link slots for each live vector. ``upkeep``:
    distances that repairs cost for each delete. ``honest``: of the ten nearest honest documents, where copies were
    sent, those missed, in %. ``held``: share of honest newcomers that the door holds back.
    """
    M, efc = int(design["M"]), int(design["ef_construction"])
    ef, door, k = int(design["ef"]), float(design["door"]), int(load["k"])
    stock = honest = _churned(Index, M, efc, load) if load["nights"] else _built(Index, M, efc, load)
    known, found = 0.0, honest.stored[list(honest.live)]
    if load["copies"]:
        queries, stock = _flooded(Index, M, efc, stock, door, load)
        known = stock.asked(honest.live, queries, ef, k)[0]
    missed, distances = stock.asked(stock.live, rows()[QUERIES], ef, k)
    return {
        "missed": missed,
        "distances": distances,
        "build": stock.build,
        "links": stock.slots(M) * facts.HNSW_LINK_BYTES.value / len(stock.live),
        "upkeep": stock.upkeep,
        "honest": known,
        "held": float((_nearest(rows()[NEWCOMERS], found) <= door).mean()) if door else 0.0,
    }


def _nearest(wanted: Rows, stored: Rows) -> NDArray[np.float64]:
    """Squared distance of each row of ``wanted`` to the nearest of ``stored``."""
    return ExactIndex(stored).top_k(wanted, 1)[0][:, 0]


def _built(Index: Subject, M: int, efc: int, load: Mapping[str, Any]) -> Stock:
    """The index of the first documents, in one batch."""
    n = int(load["vectors"])
    made, key = _MADE.setdefault(Index, {}), ("built", M, efc, n)
    if key not in made:
        index = Index(DIM, M, ef_construction=efc, seed=n)
        index.add(rows()[:n])
        paid = int(plain(index.reset_cost(), dict)["distances"])
        made[key] = Stock.of(index, rows()[:n], range(n), paid / n)
    return made[key]


def _churned(Index: Subject, M: int, efc: int, load: Mapping[str, Any]) -> Stock:
    """After some days, each with a share deleted, repaired at night and replaced; then so many ``nights`` without a
    repair, up to the hour in which the last day's deletes are buried and not yet replaced: the worst.

    A document that replaces another is one that is not stored, in a new wording: an old one may come back, changed.
    """
    n, days, nights = int(load["vectors"]), int(load["days"]), int(load["nights"])
    made, key = _MADE.setdefault(Index, {}), ("churned", M, efc, n, load["deleted"], days, nights)
    if key not in made:
        start, daily, paid = _built(Index, M, efc, load), int(n * load["deleted"]), 0
        index, stored, live = start.copy(Index, M, efc), start.stored, {node: node for node in range(n)}
        rng = np.random.default_rng(n)
        for day in range(days + nights):
            gone = rng.choice(sorted(live), daily, replace=False).tolist()
            index.delete(gone)
            live = {node: row for node, row in live.items() if node not in set(gone)}
            if day < days:
                index.reset_cost()
                index.repair()
                paid += int(plain(index.reset_cost(), dict)["distances"])
            if day < days + nights - 1:
                free = sorted(set(range(DOCUMENTS.stop)) - set(live.values()))
                fresh = rng.choice(free, daily, replace=False).tolist()
                new = _moved(rng, rows()[fresh], np.full(daily, EDIT))
                live |= zip(plain(index.add(new), list[int]), fresh, strict=True)
                stored = np.concatenate([stored, new])
        made[key] = Stock.of(index, stored, sorted(live), start.build, paid / max(1, days * daily))
    return made[key]


def _flooded(
    Index: Subject, M: int, efc: int, honest: Stock, door: float, load: Mapping[str, Any]
) -> tuple[Rows, Stock]:
    """Somebody sends near-copies of a few documents; the door lets in what is farther than ``door`` from everything
    stored. Returns queries about the copied documents, and the index with what came in."""
    rng = np.random.default_rng(int(load["vectors"]))
    targets = rng.choice(honest.live, int(load["targets"]), replace=False)
    copies = np.repeat(honest.stored[targets], int(load["copies"]), axis=0)
    copies = _moved(rng, copies, rng.uniform(load["nearest_copy"], load["farthest_copy"], size=len(copies)))
    queries = _moved(
        rng, np.repeat(honest.stored[targets], 5, axis=0), np.full(5 * len(targets), load["asked_from"])
    )
    copies = rng.permutation(copies)
    to_honest = _nearest(copies, honest.stored[list(honest.live)])
    came: list[int] = []
    for number, copy in enumerate(copies):
        among = ((copies[came] - copy) ** 2).sum(axis=1).min(initial=np.inf)
        if not door or min(to_honest[number], among) > door:
            came.append(number)
    if not came:
        return queries, honest
    made, key = _MADE.setdefault(Index, {}), ("flooded", M, efc, tuple(came), *load.values())
    if key not in made:
        index = honest.copy(Index, M, efc)
        new = each(index.insert, list(copies[came]), as_=int)
        stored = np.vstack([honest.stored, copies[came]])
        made[key] = Stock.of(index, stored, [*honest.live, *new], honest.build, honest.upkeep)
    return queries, made[key]


def _moved(rng: np.random.Generator, points: Rows, squared: NDArray[np.float64]) -> Rows:
    """Each of ``points`` moved in a random direction by that squared distance, back to length 1."""
    steps = rng.normal(size=points.shape)
    steps *= np.sqrt(squared)[:, None] / np.linalg.norm(steps, axis=1, keepdims=True)
    moved = points + steps
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)
