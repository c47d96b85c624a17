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
DIM, EF_CONSTRUCTION = 64, 40
NEWCOMERS, QUERIES = slice(520, 700), slice(700, 800)


@cache
def rows() -> Rows:
    """The fixed sample."""
    return sample()


@dataclass(frozen=True)
class Stock:
    """One index on the learner's side and what the examiner knows of it; nobody changes it once it is made.

    ``stored`` are the vectors by id, ``live`` the ids that a search may return, ``layers`` and ``entry`` the graph as
    plain data, ``upkeep`` the distances that repairs cost for each delete.
    """

    index: Subject
    stored: Rows
    live: tuple[int, ...]
    layers: list[dict[int, list[int]]]
    entry: int
    upkeep: float = 0.0
    paid: dict[tuple[Any, ...], tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, index: Subject, stored: Rows, live: Sequence[int], upkeep: float = 0.0) -> "Stock":
        """The index as it is now."""
        return cls(
            index, stored, tuple(live), plain(index.layers, list), plain(index.entry_point, int), upkeep
        )

    def copy(self, Index: Subject, M: int) -> Subject:
        """The same index once more, to be changed."""
        again: Subject = Index.from_layers(self.stored, self.layers, self.entry, M=M)
        again.ef_construction = EF_CONSTRUCTION
        again.delete(sorted(set(self.layers[0]) - set(self.live)))
        return again

    def slots(self, M: int) -> int:
        """Link slots that the graph reserves."""
        return sum((M if number else 2 * M) * len(layer) for number, layer in enumerate(self.layers))

    def asked(self, goal: Sequence[int], queries: Rows, ef: int, k: int) -> tuple[float, float]:
        """recall@k of the nearest among ``goal``, and distances a query; asked once for each ``ef``."""
        key = (len(goal), len(queries), ef, k)
        if key not in self.paid:
            self.index.reset_cost()
            found = np.asarray(plain(self.index.search_batch(queries, k, ef), "ndarray"), dtype=np.int64)
            cost = int(plain(self.index.reset_cost(), dict)["distances"]) / len(queries)
            exact = ExactIndex(self.stored, goal)
            self.paid[key] = exact.recall(queries, found.reshape(len(queries), -1), k), cost
        return self.paid[key]


_MADE: WeakKeyDictionary[Subject, dict[tuple[Any, ...], Stock]] = WeakKeyDictionary()
"""What each class has built: the same every time, so built once."""


def measure(design: Mapping[str, Any], load: Mapping[str, Any], Index: Subject) -> dict[str, float]:
    """What the index does under ``load`` with this design.

    ``recall``: recall@10 of 100 queries. ``distances``: vectors measured a query. ``links``: bytes of link slots for
    each live vector. ``upkeep``: distances that repairs cost for each delete. ``honest``: recall@10 of the honest
    documents near those that were copied. ``held``: share of honest newcomers that the door holds back.
    """
    M, ef, door, k = int(design["M"]), int(design["ef"]), float(design["door"]), int(load["k"])
    stock = honest = _churned(Index, M, load) if load["days"] else _built(Index, M, int(load["vectors"]))
    known, found = 1.0, honest.stored[list(honest.live)]
    if load["copies"]:
        queries, stock = _flooded(Index, M, stock, door, load)
        known = stock.asked(honest.live, queries, ef, k)[0]
    recall, distances = stock.asked(stock.live, rows()[QUERIES], ef, k)
    return {
        "recall": recall,
        "distances": distances,
        "links": stock.slots(M) * facts.HNSW_LINK_BYTES.value / len(stock.live),
        "upkeep": stock.upkeep,
        "honest": known,
        "held": float((_nearest(rows()[NEWCOMERS], found) <= door).mean()) if door else 0.0,
    }


def _nearest(wanted: Rows, stored: Rows) -> NDArray[np.float64]:
    """Squared distance of each row of ``wanted`` to the nearest of ``stored``."""
    return ExactIndex(stored).top_k(wanted, 1)[0][:, 0]


def _built(Index: Subject, M: int, n: int) -> Stock:
    """The index of the first ``n`` rows."""
    made = _MADE.setdefault(Index, {})
    if ("built", M, n) not in made:
        index = Index(DIM, M, ef_construction=EF_CONSTRUCTION, seed=n)
        index.add(rows()[:n])
        made["built", M, n] = Stock.of(index, rows()[:n], range(n))
    return made["built", M, n]


def _churned(Index: Subject, M: int, load: Mapping[str, Any]) -> Stock:
    """After some days, each with a share deleted, repaired at night and replaced; the last day's deletes still lie
    buried: the worst moment."""
    made, key = _MADE.setdefault(Index, {}), ("churned", M, load["vectors"], load["deleted"], load["days"])
    if key not in made:
        n, days = int(load["vectors"]), int(load["days"])
        start, daily, paid = _built(Index, M, n), int(n * load["deleted"]), 0
        index, stored, live = start.copy(Index, M), start.stored, set(start.live)
        rng = np.random.default_rng(n)
        for day in range(days + 1):
            gone = rng.choice(sorted(live), daily, replace=False).tolist()
            index.delete(gone)
            live -= set(gone)
            if day < days:
                index.reset_cost()
                index.repair()
                paid += int(plain(index.reset_cost(), dict)["distances"])
                new = rows()[n + day * daily : n + (day + 1) * daily]
                live |= set(plain(index.add(new), list[int]))
                stored = np.concatenate([stored, new])
        made[key] = Stock.of(index, stored, sorted(live), paid / (days * daily))
    return made[key]


def _flooded(
    Index: Subject, M: int, honest: Stock, door: float, load: Mapping[str, Any]
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
    made, key = _MADE.setdefault(Index, {}), ("flooded", M, door, *load.values())
    if key not in made:
        index = honest.copy(Index, M)
        new = each(index.insert, list(copies[came]), as_=int)
        stored = np.vstack([honest.stored, copies[came]])
        made[key] = Stock.of(index, stored, [*honest.live, *new], honest.upkeep)
    return queries, made[key]


def _moved(rng: np.random.Generator, points: Rows, squared: NDArray[np.float64]) -> Rows:
    """Each of ``points`` moved in a random direction by that squared distance, back to length 1."""
    steps = rng.normal(size=points.shape)
    steps *= np.sqrt(squared)[:, None] / np.linalg.norm(steps, axis=1, keepdims=True)
    moved = points + steps
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)
