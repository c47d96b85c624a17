"""Day 18's bench: one index on clustered points and on the docstrings installed here, beside faiss, cells and exact search."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.notebook.state import harvested
from course.systems.search.exact import ExactIndex
from course.systems.search.hnsw import HNSW
from course.systems.search.layered_graph import LINK_BYTES
from datasets.docstrings import harvest
from datasets.vectors import clusters, noise
from datasets.word_vectors import DIM, embed

Rows = NDArray[np.float32]
VECTORS, QUERIES, K = 1000, 200, 10
M, EF_CONSTRUCTION, CELLS = 8, 40, 32


@dataclass(frozen=True)
class Paid:
    """What 200 queries found and paid: recall@10, and the mean of distances, hops and layers a query."""

    recall: float
    distances: float
    hops: float = 0.0
    layers: float = 0.0

    @property
    def misses(self) -> float:
        """True neighbours missed, of 100."""
        return 100 * (1 - self.recall)


def docstrings() -> Rows:
    """Embeddings of 1,200 docstrings of the packages installed here, shape (1200, 64), in seeded order.

    Harvested once and kept beside your progress; a grader harvests anew.
    """
    entries = harvest(VECTORS + QUERIES, cache=harvested())
    return np.random.default_rng(0).permutation(embed([entry.text for entry in entries]))


def clustered() -> Rows:
    """1,200 points around 22 random centres, shape (1200, 64)."""
    return clusters(VECTORS + QUERIES, DIM, groups=VECTORS // 45, seed=0)


class Bench:
    """The last 1,000 of ``rows`` in an index of M = 8, asked about the first 200."""

    def __init__(self, rows: Rows) -> None:
        self.queries, self.rows = rows[:QUERIES], rows[QUERIES:]
        self.truth = ExactIndex(self.rows)
        self.index = HNSW(DIM, M, ef_construction=EF_CONSTRUCTION, seed=1)
        self.index.add(self.rows)
        self._paid: dict[int, Paid] = {}

    def at(self, ef: int) -> Paid:
        """The library's index with a beam of ``ef``."""
        if ef not in self._paid:
            self.index.reset_cost()
            found = self.index.search_batch(self.queries, K, ef)
            paid = self.index.reset_cost()
            counts = (paid[what] / QUERIES for what in ("distances", "hops", "layers"))
            self._paid[ef] = Paid(self.truth.recall(self.queries, found, K), *counts)
        return self._paid[ef]

    def faiss(self, ef: int) -> Paid:
        """faiss on the same vectors with the same M and ef, by its own count of distances and hops."""
        faiss: Any = importlib.import_module("faiss")
        faiss.omp_set_num_threads(1)
        index = faiss.IndexHNSWFlat(DIM, M)
        index.hnsw.efConstruction, index.hnsw.efSearch = EF_CONSTRUCTION, ef
        index.add(self.rows)
        stats = faiss.cvar.hnsw_stats
        stats.reset()
        _, found = index.search(self.queries, K)
        return Paid(self.truth.recall(self.queries, found, K), stats.ndis / QUERIES, stats.nhops / QUERIES)

    def cells(self, probes: int) -> Paid:
        """Yesterday's index: 32 cells by k-means, of which the ``probes`` nearest are scanned."""
        centres, home = self._cells
        found, paid = [], 0
        for query, near in zip(self.queries, ExactIndex(centres).top_k(self.queries, probes)[1], strict=True):
            ids = np.flatnonzero(np.isin(home, near))
            paid += CELLS + len(ids)
            found.append(ids[((self.rows[ids] - query) ** 2).sum(axis=1).argsort()[:K]].tolist())
        return Paid(self.truth.recall(self.queries, found, K), paid / QUERIES)

    def greedy(self) -> float:
        """Share of the queries whose nearest vector a greedy walk down to the bottom ends at."""
        nearest = self.truth.top_k(self.queries, 1)[0][:, 0]
        ends = [self.index.greedy(query, self.index.descend(query, 0)[0], 0)[0] for query in self.queries]
        return float(np.mean(np.array(ends) <= nearest * (1 + 1e-5) + 1e-6))

    @cached_property
    def _cells(self) -> tuple[Rows, NDArray[np.int64]]:
        """Centres by k-means, and the cell of each vector."""
        centres = self.rows[np.random.default_rng(0).permutation(VECTORS)[:CELLS]].copy()
        for _ in range(10):
            home = ExactIndex(centres).top_k(self.rows, 1)[1][:, 0]
            for cell in np.unique(home):
                centres[cell] = self.rows[home == cell].mean(axis=0)
        return centres, ExactIndex(centres).top_k(self.rows, 1)[1][:, 0]


def table(bench: Bench, efs: Sequence[int] = (10, 20, 40, 80)) -> None:
    """Print recall and cost for each ``ef``, and faiss beside one of them."""
    print(f"{'':<18}{'recall@10':>10}{'distances':>11}{'hops':>7}{'layers':>8}")
    for ef in efs:
        paid = bench.at(ef)
        print(
            f"{f'ef = {ef}':<18}{paid.recall:>10.3f}{paid.distances:>11.0f}{paid.hops:>7.1f}{paid.layers:>8.1f}"
        )
    peer = bench.faiss(efs[1])
    print(f"{f'faiss, ef = {efs[1]}':<18}{peer.recall:>10.3f}{peer.distances:>11.0f}{peer.hops:>7.1f}")
    print(f"{'exact search':<18}{1:>10.3f}{VECTORS:>11}")
    kept = sum(map(len, bench.index.layers[0].values())) / VECTORS
    print(f"\nlinks kept on the bottom layer: {kept:.1f} a vector, of {2 * M} slots")


def doubled() -> None:
    """Print what doubling M buys on docstrings and on random directions in 128 dimensions, at ef = 20."""
    print(f"{'':<26}{'links kept':>11}{'recall@10':>11}{'distances':>11}{'slots':>9}")
    worlds = (docstrings(), "docstrings"), (noise(VECTORS + QUERIES, 128, seed=0), "random directions")
    for world, name in worlds:
        queries, rows = world[:QUERIES], world[QUERIES:]
        for links in (2 * M, 4 * M):
            index = HNSW(rows.shape[1], links, ef_construction=EF_CONSTRUCTION, seed=1)
            index.add(rows)
            index.reset_cost()
            recall = ExactIndex(rows).recall(queries, index.search_batch(queries, K, 20), K)
            paid = index.reset_cost()["distances"] / QUERIES
            kept, slots = sum(map(len, index.layers[0].values())) / VECTORS, 2 * links * LINK_BYTES
            print(f"{f'{name}, M = {links}':<26}{kept:>11.1f}{recall:>11.3f}{paid:>11.0f}{slots:>7} B")
