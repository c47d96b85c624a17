"""An inverted file of codes: vectors in cells, each kept as a code of a few bytes.

Source: Jégou, Douze and Schmid, "Product Quantization for Nearest Neighbor Search" (IEEE TPAMI 33(1), 2011), section IV.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.systems.search.errors import NotTrained
from course.systems.search.kmeans import kmeans
from course.systems.search.nearest import nearest, squared_distances
from course.systems.search.pq import PQ

Ints = NDArray[np.int64]
Allowed = Callable[[Ints], Any]
"""Which of some ids may be answered: as many truth values, in their order."""


class IVFPQ:
    """``cells`` lists of codes. ``lists[cell]`` is a pair: the ids in that cell, shape (n,), and their codes, shape (n, m).

    ``centroids``, shape (cells, d), and ``pq`` come from :meth:`train`, and stay as they are when vectors come and go.
    ``cost`` counts the codes ``measured`` and the ``tables`` made since it was last set to 0.
    """

    def __init__(self, cells: int, m: int, ks: int = 16) -> None:
        self.cells, self.pq = cells, PQ(m, ks)
        self.centroids: NDArray[np.float64] | None = None
        self.lists = [(np.zeros(0, dtype=np.int64), np.zeros((0, m), dtype=np.uint8)) for _ in range(cells)]
        self.cost = {"measured": 0, "tables": 0}

    @classmethod
    def of(cls, centroids: ArrayLike, books: ArrayLike) -> IVFPQ:
        """An index with these centroids, shape (cells, d), and books, shape (m, ks, d / m)."""
        points, held = np.asarray(centroids, dtype=np.float64), np.asarray(books)
        made = cls(len(points), held.shape[0], held.shape[1])
        made.centroids, made.pq = points, PQ.of(held)
        return made

    def train(self, x: ArrayLike, seed: int) -> None:
        """Find the centroids and the books of vectors like the rows of ``x``, shape (n, d)."""
        rows = np.asarray(x, dtype=np.float64)
        self.centroids = kmeans(rows, self.cells, seed=seed)
        self.pq.train(self.rest(rows, nearest(rows, self.centroids)), seed + 1)

    def add(self, x: ArrayLike, ids: Iterable[int]) -> None:
        """Code the rows of ``x``, shape (n, d), and put them into their cells' lists, under these ``ids``."""
        if self.centroids is None:
            raise NotTrained
        rows, names = np.asarray(x, dtype=np.float64), np.array([*ids], dtype=np.int64)
        home = nearest(rows, self.centroids)
        codes = self.pq.encode(self.rest(rows, home))
        for cell in np.unique(home):
            held, kept = self.lists[cell]
            new = home == cell
            self.lists[cell] = np.append(held, names[new]), np.concatenate([kept, codes[new]])

    def remove(self, ids: Iterable[int]) -> None:
        """Take these ids out of the lists."""
        gone = np.array([*ids], dtype=np.int64)
        for cell, (held, codes) in enumerate(self.lists):
            stays = ~np.isin(held, gone)
            self.lists[cell] = held[stays], codes[stays]

    def rest(self, x: NDArray[np.float64], cells: Ints) -> NDArray[np.float64]:
        """What is coded of the rows of ``x``, shape (n, d), which lie in ``cells``, shape (n,): an array of shape (n, d).

        Either each row as it is, or its *residual*, the row minus the centroid of its cell: decide. ``train`` learns the books
        from what you return, and ``add`` codes it. ``self.centroids`` has one row a cell; ``x`` is unchanged.
        """
        assert self.centroids is not None
        return x - self.centroids[cells]

    def adc_search(
        self, q: ArrayLike, k: int, opened: int, allowed: Allowed | None = None
    ) -> list[tuple[float, int]]:
        """The ``k`` nearest to ``q``, shape (d,), by their codes, in the ``opened`` cells whose centroids are nearest to ``q``.

        Of equally near cells those with the smaller number are opened; with ``opened`` at or above the number of cells, all. Gives pairs of
        a distance and an id, ascending, equal distances by id; fewer than ``k`` where the opened lists hold or permit fewer. The distance
        is the squared one between ``q`` and what the code stands for, within 1e-9: the sum of ``self.pq.tables(…)`` along the code,
        where the table is made from what :meth:`rest` says of ``q`` in that cell.

        With ``allowed``, only ids that it permits are answered or measured. ``allowed(ids)`` takes an array of ids, and gives an
        array of as many truth values. It is asked once for each opened list that holds something, and for no id outside these.

        ``self.cost["measured"]`` grows by the number of codes whose distance is computed, ``self.cost["tables"]`` by the tables made: at
        most one for each opened cell, none for a cell in which nothing is measured. ``self.lists`` stay unchanged. A ``k`` or
        ``opened`` of 0 or less gives none, and neither measures nor asks.

        Raises ``NotTrained`` where there are no centroids, before all else. O(cells · d + tables · ks · d + measured · m), and the order.
        """
        if self.centroids is None:
            raise NotTrained
        query = np.asarray(q, dtype=np.float64)[None]
        near = squared_distances(query, self.centroids)[0].argsort(kind="stable")
        names, far = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
        for cell in near[: max(opened, 0)] if k > 0 else []:
            ids, codes = self.lists[cell]
            if allowed is not None and len(ids):
                permitted = np.asarray(allowed(ids), dtype=bool)
                ids, codes = ids[permitted], codes[permitted]
            if len(ids):
                table = self.pq.tables(self.rest(query, np.array([cell]))[0])
                names.append(ids)
                far.append(table[np.arange(len(table)), codes].sum(axis=1))
                self.cost["measured"] += len(ids)
                self.cost["tables"] += 1
        found, distances = np.concatenate(names), np.concatenate(far)
        first = np.lexsort((found, distances))[: max(k, 0)]
        return list(zip(distances[first].tolist(), found[first].tolist(), strict=True))
