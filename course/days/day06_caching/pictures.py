"""Day 6's picture, what an LRU throws out unread, and the lines of Run: computations of one page at once."""

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from course.checking.port import subject
from course.days.day06_caching.traffic import served
from course.notebook.predictions import Prediction
from course.systems.cluster.early_expiry import xfetch_due
from course.systems.cluster.hot_page import Chances, expiries, grid
from course.systems.cluster.lru import LRU
from course.systems.cluster.tinylfu import TinyLFU

ITEMS, READS, SEED = 100_000, 300_000, 6
"""Items of the prediction, and reads of them by Zipf's law with exponent 1."""
SIZES = (100, 300, 1000, 3000, 10_000)
DELTA_S, TTL_S = 2.0, 10_000.0  # chosen: section 1's front page, and a TTL that no refresh comes near
EXPIRIES = 20_000


class Replayed(NamedTuple):
    """The share of reads that were hits once the cache was full, the evictions, and the share of those that threw out what
    had never answered a read."""

    hit: float
    evictions: int
    unread: float


@cache
def _reads() -> list[str]:
    ends = np.cumsum(1 / np.arange(1.0, ITEMS + 1))
    drawn = np.searchsorted(ends / ends[-1], np.random.default_rng(SEED).random(READS))
    return [f"item-{item}" for item in drawn.tolist()]


@cache
def replayed(entries: int) -> Replayed:
    """An LRU of so many entries under the reads of the prediction."""
    kept: LRU[None] = LRU(entries)
    answered: dict[str, bool] = {}
    hits = counted = evictions = unread = 0
    for key in _reads():
        full = len(kept) == entries
        counted += full
        if key in kept:
            kept.get(key)
            hits += full
            answered[key] = True
            continue
        gone = kept.put(key, None)
        answered[key] = False
        if gone is not None:
            evictions += 1
            unread += not answered.pop(gone)
    return Replayed(hits / counted, evictions, unread / evictions)


def unread() -> Any:
    """A function that draws, against the size of the cache, the share of reads that it answers and the share of its evictions
    that threw out what had never been read again."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(7.5, 4.2), dpi=80, layout="constrained")
        found = [replayed(size) for size in SIZES]
        lines = (
            (
                "thrown out without one hit, of all evictions",
                "s-",
                "#a85200",
                [each.unread for each in found],
                0,
            ),
            ("answered, of all reads", "o-", "#12324d", [each.hit for each in found], 1),
        )
        for label, style, colour, shares, at in lines:
            percent = [100 * share for share in shares]
            axes.plot(SIZES, percent, style, color=colour)
            where = (SIZES[at], percent[at])
            axes.annotate(label, where, (8, -20), textcoords="offset points", color=colour, va="top")
        prediction.mark(axes)
        axes.set(
            xscale="log",
            xlabel=f"entries of the LRU, for {ITEMS:,} items (log scale)",
            ylabel="share, %",
            ylim=(0, 100),
        )
        axes.set_xticks(SIZES, [f"{size:,}" for size in SIZES])
        axes.minorticks_off()
        axes.set_title("Nine in ten of what an LRU throws out never answered a read", loc="left")
        plt.show()

    return draw


@cache
def computed(rate: float, beta: float) -> tuple[float, float]:
    """How often a page with ``rate`` reads a second is computed at an expiry, mean of 20,000, by the finished ``xfetch_due``, and how many
    seconds before the expiry the first one begins."""
    lefts = grid(TTL_S, DELTA_S, beta)
    chances = Chances(xfetch_due).at(lefts, DELTA_S, beta)
    found = expiries(lefts, chances, rate, DELTA_S, EXPIRIES, SEED)
    return float(found.computed.mean()), float(found.leads.mean())


def people(window: float, **load: float) -> float:
    """People's hit rate in section 6's miniature with a TTL of 300 s, by the finished policy; ``load`` is what differs from
    a calm day."""
    return served(_finished(), load, window, ttl_s=300)["hit"]  # chosen: the five minutes of section 1


@cache
def _finished() -> Any:
    return subject(TinyLFU)
