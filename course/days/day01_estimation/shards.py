"""Day 1's demonstration: one graph index cut into parts, and the distances that a query computes in all of them."""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

VECTORS, QUERIES, NUMBERS, K = 10_000, 300, 32, 10
LINKS, EFFORT = 16, 32
"""Links of a vector, and how widely a search looks around; both as faiss counts them."""
EFFORTS = (10, 12, 14, 16, 18, 20, 24, 28, 32)
"""Efforts tried where parts need only find as many as one index: at least one for each of the ten wanted."""

Rows = NDArray[np.float32]


@dataclass(frozen=True)
class Searched:
    """Mean of 300 queries: ``distances`` computed in all parts together, and ``found``, the share of the true ten
    nearest that is among the best ten of all parts."""

    distances: float
    found: float


@cache
def data() -> tuple[Rows, Rows, NDArray[np.int64]]:
    """Vectors of 32 numbers that vary mostly in 16 directions, queries of the same kind, and each query's true ten."""
    import faiss

    draw = np.random.default_rng(0)
    directions = draw.normal(size=(NUMBERS // 2, NUMBERS))
    vectors, queries = (
        (draw.normal(size=(n, NUMBERS // 2)) @ directions + 0.1 * draw.normal(size=(n, NUMBERS))).astype(
            "float32"
        )
        for n in (VECTORS, QUERIES)
    )
    exact = faiss.IndexFlatL2(NUMBERS)
    exact.add(vectors)
    return vectors, queries, exact.search(queries, K)[1]


@cache
def _parts(count: int) -> list[tuple[int, Any]]:
    """One index for each part, with the number of its first vector; built by one thread, so alike on every machine."""
    import faiss

    faiss.omp_set_num_threads(1)
    vectors, _, _ = data()
    cuts = np.linspace(0, VECTORS, count + 1).astype(int)
    found = []
    for first, end in pairwise(cuts):
        index = faiss.IndexHNSWFlat(NUMBERS, LINKS)
        index.hnsw.efConstruction = 40  # chosen: faiss's own default
        index.add(vectors[first:end])
        found.append((int(first), index))
    return found


@cache
def searched(parts: int, effort: int = EFFORT) -> Searched:
    """What the queries cost and find when the vectors lie in ``parts`` indexes and every one is asked."""
    import faiss

    _, queries, true = data()
    counted: Any = faiss.cvar
    counted.hnsw_stats.reset()
    far, near = [], []
    for first, index in _parts(parts):
        index.hnsw.efSearch = effort
        distances, ids = index.search(queries, K)
        far.append(distances)
        near.append(np.where(ids < 0, -1, ids + first))
    best = np.argsort(np.concatenate(far, axis=1), axis=1)[:, :K]
    merged = np.take_along_axis(np.concatenate(near, axis=1), best, axis=1)
    hits = [len(set(mine) & set(right)) for mine, right in zip(merged.tolist(), true.tolist(), strict=True)]
    return Searched(counted.hnsw_stats.ndis / QUERIES, sum(hits) / (K * QUERIES))


@cache
def as_good(parts: int) -> Searched:
    """The same with the least effort at which the parts together find as many as the one index."""
    wanted = searched(1).found
    return next(
        found for effort in EFFORTS if (found := searched(parts, effort)).found >= wanted or effort == EFFORT
    )


def ratio(parts: int) -> float:
    """Distances in all parts, over those in one index, at the same effort."""
    return searched(parts).distances / searched(1).distances
