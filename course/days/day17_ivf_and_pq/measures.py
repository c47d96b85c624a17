"""Day 17's measure: 2,000 real vectors in cells and codes, by the learner's own index. Run, Break and Escalate ask it.

The vectors are those of ``datasets/topic_vectors.py``. What a design finds is held against exact search; what it costs is
counted by the index itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from course.checking.subject import Subject, plain, there
from course.systems.search.ivf_trial import IvfTrial
from course.systems.search.nearest import squared_distances
from datasets.topic_vectors import topic_vectors

Rows = NDArray[np.float64]
Mask = NDArray[np.bool_]
CELLS, ASKED, POOL, K, ID_BYTES, DEEPEST, SEED = 32, 100, 200, 10, 4, 200, 1
"""``POOL`` rows of the sample are kept for queries, of which ``ASKED`` are asked; ``DEEPEST`` candidates a query are looked at."""


PLAIN: Mapping[str, float] = {"drift": 0, "share": 1}
"""Trained on everything, and everybody may see everything."""


@dataclass(frozen=True)
class Asked:
    """Queries, shape (ASKED, d), what each may see (None: everything), exact distances (inf where forbidden), and the ids of the
    true ``K`` nearest."""

    queries: Rows
    masks: Mask | None
    exact: Rows
    best: NDArray[np.int64]


@cache
def stored() -> Rows:
    """The documents, shape (2000, 64)."""
    return topic_vectors()[POOL:]


@cache
def new_half() -> float:
    """Half of the documents lie beyond this in their first number: those that a drifted training never saw."""
    return float(np.median(stored()[:, 0]))


@cache
def asked(drift: bool, share: float) -> Asked:
    """The questions under a load: with ``drift`` about the half that training never saw; each user may see ``share`` of all."""
    rows, queries = stored(), topic_vectors()[:POOL]
    queries = (queries[queries[:, 0] >= new_half()] if drift else queries)[:ASKED]
    exact, masks = squared_distances(queries, rows), None
    if share < 1:
        masks = _departments(len(queries), share)
        exact = np.where(masks, exact, np.inf)
    return Asked(queries, masks, exact, exact.argsort(axis=1, kind="stable")[:, :K])


def _departments(users: int, share: float) -> Mask:
    """What each user may see: half of the documents around a random one."""
    rows, rng = stored(), np.random.default_rng(3)
    masks = np.zeros((users, len(rows)), dtype=bool)
    for mask in masks:
        around = squared_distances(rows[rng.integers(len(rows))][None], rows)[0].argsort(kind="stable")
        mask[rng.choice(around[: int(2 * share * len(rows))], int(share * len(rows)), replace=False)] = True
    return masks


class Bench:
    """The learner's index over some vectors: each design is built once, each search run once."""

    def __init__(self, Index: Subject, rows: Rows) -> None:
        self.trial: Any = there(Index, IvfTrial)(Index, rows)
        self.rows = rows
        self.sizes: dict[tuple[Any, ...], list[int]] = {}
        self.runs: dict[tuple[Any, ...], tuple[list[list[int]], float, float]] = {}

    def found(
        self, code: int, opened: int, about: Asked, known: Rows, key: tuple[Any, ...]
    ) -> tuple[list[list[int]], float, float]:
        """For each query the candidates by their codes, nearest first; codes measured as a share of all, and tables, a query.

        ``code`` in bytes; ``key`` names what it was trained on (``known``), and last what is asked.
        """
        place, run = (code, *key[:-1]), (code, opened, *key)
        if run not in self.runs:
            if place not in self.sizes:
                self.sizes[place] = plain(self.trial.build(place, CELLS, 2 * code, known, SEED), list[int])
            ids, measured, tables = plain(
                self.trial.search(place, about.queries, opened, DEEPEST, about.masks),
                tuple[list[list[int]], int, int],
            )
            queries = len(about.queries)
            self.runs[run] = ids, measured / queries / len(self.rows), tables / queries
        return self.runs[run]


_BENCHES: WeakKeyDictionary[Subject, Bench] = WeakKeyDictionary()


def bench(Index: Subject) -> Bench:
    """The one bench of this class over the documents of the day."""
    if Index not in _BENCHES:
        _BENCHES[Index] = Bench(Index, stored())
    return _BENCHES[Index]


def scored(about: Asked, ids: list[list[int]], again: int) -> dict[str, float]:
    """``recall`` of the first ten, once the best ``again`` candidates were read in full and put in order; ``reads`` a query, and
    ``short``, the share of queries with fewer than ten answers."""
    hits = reads = short = 0
    for found, exact, best in zip(ids, about.exact, about.best, strict=True):
        if again:
            few = np.array(found[:again], dtype=np.int64)
            reads += len(few)
            found = few[exact[few].argsort(kind="stable")].tolist()
        hits += len(set(found[:K]).intersection(best.tolist()))
        short += len(found) < K
    queries = len(ids)
    return {"recall": hits / queries / K, "reads": reads / queries, "short": short / queries}


def measure(design: Mapping[str, Any], load: Mapping[str, Any], Index: Subject) -> dict[str, float]:
    """What a design (``bytes`` of a code, cells ``opened``, candidates read ``again``) does under a load: with ``drift`` the index
    was trained on one half and is asked about the other; each user may see ``share`` of the documents.

    ``recall``, and ``permitted`` for the same among what the user may see; ``memory`` in bytes a vector, ``measured``, and ``scanned``, the
    share of all codes that is measured, ``reads`` and ``tables`` a query, ``short`` the share of queries with fewer than ten answers, ``asked`` the neighbours
    that were asked for.
    """
    drift, share, code = load["drift"] > 0, float(load["share"]), int(design["bytes"])
    about = asked(drift, share)
    known = stored()[stored()[:, 0] < new_half()] if drift else stored()
    ids, measured, tables = bench(Index).found(code, int(design["opened"]), about, known, (drift, share))
    result = scored(about, ids, int(design["again"]))
    return {
        **result,
        "permitted": result["recall"],
        "memory": float(code + ID_BYTES),
        "measured": measured,
        "scanned": measured,
        "tables": tables,
        "asked": float(len(ids) * K),
    }
