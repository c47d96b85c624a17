"""Exact search in blocks: every vector is compared, and never all scores are held at once."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.systems.search.errors import DimensionMismatch, RowNotFinite, TooFew


def blocked_top_k(
    queries: ArrayLike, vectors: NDArray[Any], k: int, *, block: int = 65_536
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The ``k`` vectors with the largest inner product with each query: scores and ids, best first.

    ``queries`` has shape (q, d), ``vectors`` (n, d); an id is a row's number. Both results have shape (q, min(k, n)); scores are
    float32, ids int64, and of equal scores the smaller id comes first. q and n may be 0.

    ``vectors`` may hold any kind of float, in any memory layout (what is finite fits float32), and may be a memory map that is larger than memory. So it is read ``block`` rows at a
    time, and beside one such block and its scores only the best of each query are held: q × (block + k) scores. Neither argument is
    changed. Queries are finite.

    Raises, in this order: ``TooFew(name, value)`` where ``k``, then where ``block`` is below 1; ``DimensionMismatch(shape of the queries, d)`` where that is not (q, d);
    ``RowNotFinite(row)`` for the first vector that holds a NaN or an infinity, also where q is 0. O(q · n · d), and a sort of what may enter.
    """
    for name, value in (("k", k), ("block", block)):
        if value < 1:
            raise TooFew(name, value)
    wanted = np.asarray(queries, dtype=np.float32)
    if wanted.ndim != 2 or wanted.shape[1] != vectors.shape[1]:
        raise DimensionMismatch(wanted.shape, vectors.shape[1])
    best = [np.empty(0, dtype=np.float32) for _ in wanted]
    ids = [np.empty(0, dtype=np.int64) for _ in wanted]
    for start in range(0, len(vectors), block):
        part = np.asarray(vectors[start : start + block], dtype=np.float32)
        if not np.isfinite(part).all():
            raise RowNotFinite(start + int(np.isfinite(part).all(axis=1).argmin()))
        for row, scores in enumerate(wanted @ part.T):
            bar = best[row][-1] if len(best[row]) == k else -np.inf
            near = np.flatnonzero(scores > bar)
            scores, names = np.append(best[row], scores[near]), np.append(ids[row], start + near)
            order = np.argsort(-scores, kind="stable")[:k]
            best[row], ids[row] = scores[order], names[order]
    shape = len(wanted), min(k, len(vectors))
    return np.array(best, dtype=np.float32).reshape(shape), np.array(ids, dtype=np.int64).reshape(shape)
