"""Synthetic vectors, seeded: the kind that flatters an index, the kind that punishes it, and the kind that breaks it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


def clusters(n: int, dim: int, *, groups: int, spread: float = 0.5, seed: int) -> Vectors:
    """``n`` points around ``groups`` random directions, shape (n, dim), each of length 1.

    ``spread`` is the length of the noise against the centre's length of 1: at 0.5 the groups hardly touch.
    """
    rng = np.random.default_rng(seed)
    centres = _unit(rng.normal(size=(groups, dim)))
    noise = rng.normal(size=(n, dim)) * (spread / np.sqrt(dim))
    return _unit(centres[rng.integers(groups, size=n)] + noise).astype(np.float32)


def noise(n: int, dim: int, *, seed: int) -> Vectors:
    """``n`` directions with no structure at all, shape (n, dim), each of length 1: everything is far from everything."""
    return _unit(np.random.default_rng(seed).normal(size=(n, dim))).astype(np.float32)


def islands(n: int, dim: int, *, groups: int, gap: float = 10.0, width: float = 0.01, seed: int) -> Vectors:
    """``n`` points in ``groups`` tight groups far from each other, in random order, shape (n, dim).

    Whoever links a point to its nearest points only never builds a bridge.
    """
    rng = np.random.default_rng(seed)
    centres = _unit(rng.normal(size=(groups, dim))) * gap
    heap = np.arange(n) % groups
    return np.asarray(centres[rng.permutation(heap)] + rng.normal(size=(n, dim)) * width, dtype=np.float32)


def flooded(vectors: Vectors, copies: int, *, of: int = 0) -> Vectors:
    """``copies`` copies of row ``of``, then ``vectors``: an insert order that an adversary would choose."""
    return np.concatenate([np.repeat(vectors[of : of + 1], copies, axis=0), vectors])


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))
