"""How long the NumPy index takes to build and to answer, beside faiss on the same vectors: ``python -m course.systems.search.hnsw_benchmark``.

Prints the machine, the versions, and for each figure the median of the runs, their spread and the ratio to faiss. Each
run has its own seed. Set ``OMP_NUM_THREADS=1`` for a fair comparison: faiss is held to one thread either way.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.systems.search.exact import ExactIndex
from course.systems.search.hnsw import HNSW

QUERIES = 200
K = 10


@dataclass(frozen=True)
class Run:
    """One build and one batch of queries: seconds, queries a second, distances a query, recall@10."""

    build_s: float
    queries_per_s: float
    distances: float
    recall: float


def run_ours(
    vectors: NDArray[np.float32], queries: NDArray[np.float32], M: int, efc: int, ef: int, seed: int
) -> Run:
    """The library's index."""
    start = time.perf_counter()
    index = HNSW(vectors.shape[1], M, ef_construction=efc, seed=seed)
    index.add(vectors)
    built = time.perf_counter()
    index.reset_cost()
    found = index.search_batch(queries, K, ef)
    done = time.perf_counter()
    paid = index.reset_cost()["distances"] / len(queries)
    recall = ExactIndex(vectors).recall(queries, found, K)
    return Run(built - start, len(queries) / (done - built), paid, recall)


def run_faiss(
    vectors: NDArray[np.float32], queries: NDArray[np.float32], M: int, efc: int, ef: int, seed: int
) -> Run:
    """faiss with the same ``M``, ``efConstruction`` and ``efSearch``; its distances are its own ``hnsw_stats.ndis``."""
    faiss: Any = importlib.import_module("faiss")
    faiss.omp_set_num_threads(1)
    start = time.perf_counter()
    index = faiss.IndexHNSWFlat(vectors.shape[1], M)
    index.hnsw.efConstruction, index.hnsw.efSearch = efc, ef
    index.hnsw.rng = faiss.RandomGenerator(seed + 1)
    index.add(vectors)
    built = time.perf_counter()
    stats = faiss.cvar.hnsw_stats
    stats.reset()
    _, found = index.search(queries, K)
    done = time.perf_counter()
    recall = ExactIndex(vectors).recall(queries, found, K)
    return Run(built - start, len(queries) / (done - built), stats.ndis / len(queries), recall)


def vectors_of(kind: str, n: int, seed: int) -> NDArray[np.float32]:
    """``n`` embeddings of docstrings in seeded order, or ``n`` clustered points, shape (n, 64)."""
    if kind == "docstrings":
        from datasets.docstrings import harvest
        from datasets.word_vectors import embed

        return np.random.default_rng(seed).permutation(embed([entry.text for entry in harvest(n)]))
    from datasets.vectors import clusters

    return clusters(n, 64, groups=max(2, n // 45), seed=seed)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    faiss: Any = importlib.import_module("faiss")
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("n", 3000), ("M", 16), ("efc", 100), ("ef", 50), ("runs", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--data", choices=("docstrings", "clusters"), default="docstrings")
    asked = parser.parse_args(arguments)
    ours, peer = [], []
    for seed in range(asked.runs):
        rows = vectors_of(asked.data, asked.n + QUERIES, seed)
        knobs = (rows[QUERIES:], rows[:QUERIES], asked.M, asked.efc, asked.ef, seed)
        ours.append(run_ours(*knobs))
        peer.append(run_faiss(*knobs))
    print(f"machine   {platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}")
    print(
        f"versions  Python {platform.python_version()}, NumPy {np.__version__}, faiss {faiss.__version__}, one thread"
    )
    print(
        f"data      {len(rows) - QUERIES} x {rows.shape[1]} {asked.data}, M {asked.M}, efConstruction {asked.efc}, ef {asked.ef}, {QUERIES} queries"
    )
    print(
        f"{asked.runs} runs, one seed each{'median':>18} {'lowest':>10} {'highest':>10} {'faiss':>10} {'ours/faiss':>11}"
    )
    for label, field in (
        ("build, s", "build_s"),
        ("queries a second", "queries_per_s"),
        ("distances a query", "distances"),
        ("recall@10", "recall"),
    ):
        mine = [float(getattr(run, field)) for run in ours]
        theirs = statistics.median(float(getattr(run, field)) for run in peer)
        middle = statistics.median(mine)
        figures = "".join(f" {value:10.4g}" for value in (middle, min(mine), max(mine), theirs))
        print(f"{label:<28}    {figures} {middle / theirs:11.3g}")


if __name__ == "__main__":
    main()
