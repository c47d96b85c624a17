"""Day 3's picture, how partitions even out keys and not load, and cuts by keys against cuts by load."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.notebook.predictions import Prediction
from course.systems.cluster.ranges import RangeMap

KEYS, PLACEMENTS = 1_000_000, 10
"""Keys of the prediction, and random placements over which every mean is taken."""


@cache
def popularity(keys: int, exponent: float) -> NDArray[np.float64]:
    """Each key's share of all requests by Zipf's law, the most popular first."""
    weights: NDArray[np.float64] = np.arange(1, keys + 1, dtype=np.float64) ** -exponent
    return weights / float(weights.sum())


@cache
def _placements() -> list[NDArray[np.int64]]:
    """Where a hash puts each key: whole numbers that are taken modulo the partitions."""
    return [np.random.default_rng(seed).integers(0, 2**20, KEYS) for seed in range(PLACEMENTS)]


@cache
def busiest(partitions: int, exponent: float) -> float:
    """The busiest partition's share of all requests, mean of :data:`PLACEMENTS` placements."""
    load = popularity(KEYS, exponent)
    return float(np.mean([np.bincount(at % partitions, load).max() for at in _placements()]))


def lighter(exponent: float, few: int = 16, many: int = 256) -> float:
    """How many times lighter the busiest of ``many`` partitions is than the busiest of ``few``."""
    return busiest(few, exponent) / busiest(many, exponent)


def spread(
    exponents: Sequence[float] = (0.9, 1.0, 1.2), counts: Sequence[int] = (16, 32, 64, 128, 256)
) -> Any:
    """A function that draws how much lighter the busiest partition gets, against partitions, for each exponent."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(7.5, 4.2), dpi=80)
        ideal = [count / counts[0] for count in counts]
        axes.plot(counts, ideal, ":", color="#777777")
        axes.annotate(
            "if load divided as keys do",
            (counts[2], ideal[2]),
            (-6, 4),
            textcoords="offset points",
            ha="right",
        )
        for exponent, style, color in zip(
            exponents, ("o-", "s-", "^-"), ("#7fa6c9", "#3c78a8", "#12324d"), strict=True
        ):
            measured = [lighter(exponent, counts[0], count) for count in counts]
            axes.plot(counts, measured, style, color=color)
            end = (counts[-1], measured[-1])
            axes.annotate(f"exponent {exponent:g}", end, (8, -4), textcoords="offset points", color="#12324d")
        prediction.mark(axes)
        axes.set(
            xscale="log",
            yscale="log",
            xlabel="partitions (log scale)",
            ylabel="busiest of 16 ÷ busiest now (log scale)",
            xlim=(counts[0] * 0.9, counts[-1] * 2.6),
        )
        axes.set_xticks(counts, [str(count) for count in counts])
        axes.set_yticks([1, 2, 4, 8, 16], ["1×", "2×", "4×", "8×", "16×"])
        axes.minorticks_off()
        axes.set_title("Sixteen times the partitions: one key stays as heavy as it is", loc="left")
        plt.show()

    return draw


NEIGHBOURS, EXPONENT = 4096, 1.2


def cut(ranges: int, *, by_load: bool) -> float:
    """The busiest range's share of all requests, of ``ranges`` made by cutting the busiest again and again: at the
    middle of its keys, or of its load. Popular keys are neighbours, and a range of one key cannot be cut."""
    load = popularity(NEIGHBOURS, EXPONENT)
    whole = np.concatenate([[0.0], np.cumsum(load)])
    found = RangeMap("m0")
    for number in range(1, ranges):
        edges = [*(int(start or 0) for start in found.starts), NEIGHBOURS]
        pairs = [(low, high) for low, high in pairwise(edges) if high - low > 1]
        low, high = max(pairs, key=lambda pair: whole[pair[1]] - whole[pair[0]])
        middle = (low + high) // 2
        if by_load:
            half = (whole[low] + whole[high]) / 2
            middle = min(max(int(np.searchsorted(whole, half)), low + 1), high - 1)
        found.split(f"{middle:04d}", f"m{number}")
    edges = [*(int(start or 0) for start in found.starts), NEIGHBOURS]
    return float(max(whole[high] - whole[low] for low, high in pairwise(edges)))
