"""What a search in blocks holds in memory: for a search that lives elsewhere."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np


class BlockTrial:
    """Runs ``search``, a :func:`~course.systems.search.blocked.blocked_top_k`, on drawn vectors."""

    def __init__(self, search: Callable[..., Any]) -> None:
        self.search = search

    def held(self, queries: int, vectors: int, dim: int, k: int, block: int, seed: int) -> int:
        """Bytes that the call holds at its peak, beside its arguments."""
        draw = np.random.default_rng(seed)
        asked = draw.integers(-8, 8, (queries, dim)).astype(np.float32)
        rows = draw.integers(-8, 8, (vectors, dim)).astype(np.float64)
        self.search(
            asked, rows[: 2 * block], k, block=block
        )  # what is imported on the way is no cost of the call
        tracing = tracemalloc.is_tracing()
        if not tracing:
            tracemalloc.start(1)
        try:
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            self.search(asked, rows, k, block=block)
            return tracemalloc.get_traced_memory()[1] - before
        finally:
            if not tracing:
                tracemalloc.stop()
