"""How good a ranking is: reciprocal rank, recall, nDCG, and how sure one may be of a mean over questions.

Source: Manning, Raghavan, Schütze, "Introduction to Information Retrieval" (2008), chapter 8; nDCG: Järvelin and Kekäläinen,
"Cumulated Gain-Based Evaluation of IR Techniques" (TOIS 2002), with gains as they are and a discount of log2(place + 1).
"""

from collections.abc import Collection, Mapping, Sequence
from math import log2
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Interval(NamedTuple):
    """A mean and the 95% interval around it."""

    mean: float
    low: float
    high: float


def reciprocal_rank(ranked: Sequence[int], relevant: Collection[int], depth: int = 10) -> float:
    """1 / place of the first relevant document, places from 1; 0.0 where none stands among the first ``depth``. O(depth)."""
    return next((1 / place for place, doc in enumerate(ranked[:depth], 1) if doc in relevant), 0.0)


def recall(ranked: Sequence[int], relevant: Collection[int], depth: int = 10) -> float:
    """The share of the relevant documents that stand among the first ``depth``; ``ValueError`` where none is relevant."""
    if not relevant:
        raise ValueError("recall needs at least one relevant document")
    return len(set(ranked[:depth]).intersection(relevant)) / len(set(relevant))


def ndcg(ranked: Sequence[int], gains: Mapping[int, float], depth: int = 10) -> float:
    """Normalised discounted cumulative gain of the first ``depth``: each document's gain (0 where it has none) over
    log2(place + 1), summed, over the same sum in the best order. 0.0 where no gain is above 0. O(depth + n log n).
    """
    best = _discounted(sorted(gains.values(), reverse=True)[:depth])
    return _discounted([gains.get(doc, 0.0) for doc in ranked[:depth]]) / best if best else 0.0


def interval(values: ArrayLike, *, seed: int = 0, draws: int = 2000) -> Interval:
    """The mean of one number a question, and the 95% percentile bootstrap of it (Efron and Tibshirani 1993, chapter 13).

    For two systems on the same questions give the differences: what the questions have in common falls out.
    ``ValueError`` without values. O(draws · questions).
    """
    found: NDArray[np.float64] = np.asarray(values, dtype=np.float64)
    if not len(found):
        raise ValueError("an interval needs at least one value")
    means = found[np.random.default_rng(seed).integers(len(found), size=(draws, len(found)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(found.mean()), float(low), float(high))


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / log2(place + 1) for place, gain in enumerate(gains, 1))
