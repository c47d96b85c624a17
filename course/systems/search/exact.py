"""Exact nearest neighbours: the answer that an approximate index is measured against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.systems.search.errors import BeamTooNarrow
from course.systems.search.nearest import squared_distances

BLOCK = 256  # queries at a time: bounds the distance matrix to BLOCK x vectors


class ExactIndex:
    """Every vector, compared with every query, in float64."""

    def __init__(self, vectors: ArrayLike, ids: Iterable[int] | None = None) -> None:
        """Hold the rows of ``vectors``, shape (n, dim); with ``ids``, only those rows, under those names (after deletes)."""
        rows = np.asarray(vectors, dtype=np.float64)
        self.ids = np.arange(len(rows)) if ids is None else np.array(sorted(ids), dtype=np.int64)
        self.vectors = rows[self.ids]

    def top_k(self, queries: ArrayLike, k: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Squared distances and ids of the ``k`` nearest, each of shape (queries, min(k, n)), nearest first.

        Equal distances go by smaller id. O(queries · n · dim).

        Raises:
            BeamTooNarrow: ``k`` under 1.
        """
        if k < 1:
            raise BeamTooNarrow("k", k)
        wanted = np.atleast_2d(np.asarray(queries, dtype=np.float64))
        k = min(k, len(self.ids))
        distances, ids = np.empty((len(wanted), k)), np.empty((len(wanted), k), dtype=np.int64)
        for start in range(0, len(wanted), BLOCK):
            rows = slice(start, start + BLOCK)
            block = squared_distances(wanted[rows], self.vectors)
            order = np.argsort(block, axis=1, kind="stable")[:, :k]
            distances[rows], ids[rows] = np.take_along_axis(block, order, axis=1), self.ids[order]
        return distances, ids

    def recall(
        self, queries: ArrayLike, found: Sequence[Sequence[int]] | NDArray[np.integer[Any]], k: int
    ) -> float:
        """recall@k: the mean share of the ``k`` nearest that ``found`` (one list of ids a query) holds, from 0 to 1.

        An id counts when its vector is no farther than the k-th nearest, so that any of several equal vectors will do;
        an id named twice counts once, and -1, a deleted or an unknown id never. With fewer than ``k`` vectors held, all
        of them are the goal. As in ANN-Benchmarks (Aumüller, Bernhardsson & Faithfull 2020, section 2).
        """
        wanted = np.atleast_2d(np.asarray(queries, dtype=np.float64))
        nearest, _ = self.top_k(wanted, k)
        goal = nearest.shape[1]
        if goal == 0 or len(wanted) == 0:
            return 1.0
        position = {int(node): row for row, node in enumerate(self.ids)}
        hits = 0
        for query, bar, answer in zip(wanted, nearest[:, -1], found, strict=True):
            rows = sorted({position[int(node)] for node in list(answer)[:k] if int(node) in position})
            difference = self.vectors[rows] - query
            reached = np.einsum("ij,ij->i", difference, difference) <= bar * (1 + 1e-9) + 1e-12
            hits += min(int(reached.sum()), goal)
        return float(hits / (goal * len(wanted)))
