"""Squared distances, the nearest of some points, and exact distances for a few candidates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rows = NDArray[np.float64]
Ints = NDArray[np.int64]


def squared_distances(rows: ArrayLike, points: ArrayLike) -> Rows:
    """Squared distance of each of ``rows`` (n, d) to each of ``points`` (k, d): shape (n, k), never below 0. O(n · k · d)."""
    a, b = np.asarray(rows, dtype=np.float64), np.asarray(points, dtype=np.float64)
    lengths = np.einsum("ij,ij->i", a, a), np.einsum("ij,ij->i", b, b)
    return np.asarray(np.maximum(lengths[0][:, None] - 2 * a @ b.T + lengths[1], 0.0))


def nearest(rows: ArrayLike, points: ArrayLike) -> Ints:
    """For each of ``rows`` (n, d) the number of its nearest among ``points`` (k, d), of equally near ones the smallest."""
    a, b = np.asarray(rows, dtype=np.float64), np.asarray(points, dtype=np.float64)
    apart = np.einsum("ij,ij->i", b, b) - 2 * a @ b.T  # the row's own length decides nothing
    return np.asarray(apart.argmin(axis=1), dtype=np.int64)


def refine(
    query: ArrayLike, ids: Iterable[int], vectors: Mapping[int, Any] | Sequence[Any] | Rows, k: int
) -> list[tuple[float, int]]:
    """The ``k`` nearest of ``ids`` by their full ``vectors``: pairs of a squared distance and an id, ascending.

    Each id is one read of a full vector, wherever these are kept.
    """
    candidates = [int(each) for each in ids]
    q = np.asarray(query, dtype=np.float64)
    full = np.array([vectors[each] for each in candidates], dtype=np.float64).reshape(len(candidates), len(q))
    distances = np.einsum("ij,ij->i", full - q, full - q)
    return sorted(zip(distances.tolist(), candidates, strict=True))[:k]
