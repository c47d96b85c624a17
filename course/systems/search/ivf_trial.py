"""Searches of an index of codes, one query after the other, with what they cost: for a class that lives elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Found = tuple[list[list[int]], int, int]
"""For each query the ids, nearest first by their codes; codes measured and tables made, of all queries."""


class IvfTrial:
    """Builds indexes of ``stored``, shape (n, d), with ``Index``, an :class:`~course.systems.search.ivf.IVFPQ`; ids are row numbers."""

    def __init__(self, Index: Any, stored: NDArray[np.float64]) -> None:
        self.Index, self.stored = Index, stored
        self.made: dict[tuple[Any, ...], Any] = {}

    def build(
        self, name: tuple[Any, ...], cells: int, m: int, known: NDArray[np.float64], seed: int
    ) -> list[int]:
        """Make an index under ``name``, trained on ``known``; gives the sizes of its lists."""
        index = self.Index(cells, m)
        index.train(known, seed)
        index.add(self.stored, range(len(self.stored)))
        self.made[name] = index
        return [len(ids) for ids, _ in index.lists]

    def search(
        self,
        name: tuple[Any, ...],
        queries: NDArray[np.float64],
        opened: int,
        k: int,
        masks: NDArray[np.bool_] | None = None,
    ) -> Found:
        """The ``k`` nearest to each query in the index ``name``; ``masks``, shape (queries, n), says what each may see."""
        index, found = self.made[name], []
        index.cost = {"measured": 0, "tables": 0}
        for at, query in enumerate(queries):
            allowed = None if masks is None else masks[at].__getitem__
            found.append([int(each) for _, each in index.adc_search(query, k, opened, allowed)])
        return found, int(index.cost["measured"]), int(index.cost["tables"])


Step = tuple[Any, ...]
"""What is done to an index: ``("add", x, ids)``, ``("remove", ids)``, or ``("search", q, k, opened, permitted)``, in which
``permitted`` is None or the ids that may be answered."""
Searched = tuple[Any, list[list[int]], dict[str, int], list[list[int]]]
"""What a search gives, the ids that it asked permission for, call by call, what was counted since the first step, and the ids in
each list afterwards."""


class TableTrial:
    """Tables that a ``Quantiser`` class makes where it lives, one after the other."""

    def __init__(self, Quantiser: Any) -> None:
        self.Quantiser = Quantiser

    def held(
        self, books: NDArray[np.float64], one: NDArray[np.float64], two: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The tables of ``one`` and of ``two``, shape (2, m, ks), as they are when both are made; the second query comes in the array of the first."""
        quantiser, q = self.Quantiser.of(books), one.copy()
        first = quantiser.tables(q)
        q[:] = two
        second = quantiser.tables(q)
        return np.array([first, second])


class CodeTrial:
    """Indexes of an ``Index`` class, made, filled and searched where it lives."""

    def __init__(self, Index: Any) -> None:
        self.Index = Index

    def run(
        self, centroids: NDArray[np.float64], books: NDArray[np.float64], steps: Sequence[Step]
    ) -> list[Searched]:
        """Take the steps, one after the other, on an index with these centroids and books; one entry for each search."""
        self.index = self.Index.of(centroids, books)
        self.index.cost = {"measured": 0, "tables": 0}
        found = []
        for what, *arguments in steps:
            if what == "search":
                found.append(self._search(*arguments))
            else:
                getattr(self.index, what)(*arguments)
        return found

    def _search(
        self, q: NDArray[np.float64], k: int, opened: int, permitted: Sequence[int] | None
    ) -> Searched:
        asked: list[list[int]] = []

        def allowed(ids: Any) -> NDArray[np.bool_]:
            asked.append([int(each) for each in ids])
            return np.array([each in (permitted or ()) for each in asked[-1]], dtype=bool)

        hits = self.index.adc_search(q, k, opened, None if permitted is None else allowed)
        held = [[int(each) for each in ids] for ids, _ in self.index.lists]
        return hits, asked, dict(self.index.cost), held

    def stands_for(self) -> tuple[list[int], NDArray[np.float64]]:
        """All ids of the last index, and the vectors that their codes stand for: what is decoded, and what ``rest`` took away."""
        ids: list[int] = []
        vectors = []
        for cell, (names, codes) in enumerate(self.index.lists):
            centroid = self.index.centroids[cell : cell + 1]
            taken = centroid - self.index.rest(centroid, np.array([cell]))
            ids += [int(each) for each in names]
            vectors.append(self.index.pq.decode(codes) + taken)
        return ids, np.concatenate(vectors)
