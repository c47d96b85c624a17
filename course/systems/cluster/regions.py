"""A replicated store in three regions: what a consistency level costs in time, staleness and failures.

A caller's read or write goes to every copy in every region and is done when its *level* says: ``one``, the first answer;
``local``, a majority of the caller's region; ``each``, a majority in every region; ``quorum``, a majority of all. Delays
inside a region are the published fits of :mod:`course.systems.cluster.delays` (writes to disk); between regions every
message takes ``ONE_WAY`` more. There is no read repair and no stand-in, machines fail independently, and an outage lasts
an exponential time: say so when asked.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from course.systems.cluster.delays import DISK_WRITE, ONE_WAY, SSD
from course.systems.cluster.staleness import down

Array = NDArray[np.float64]

REGIONS = 3
LEVELS = ("one", "local", "each", "quorum")
MOST_COPIES = 3
OUTAGE = 4.0
"""Hours that an outage lasts on average: chosen."""
COMPACTION = 24.0
"""Hours after a tombstone is dropped until compaction has removed the last byte of what it hid: chosen."""
TRIALS = 20_000
"""Operations from which shares and percentiles are read."""
SETTLED = 200.0
"""Milliseconds after the acknowledgement at which ``settled`` reads."""


@dataclass(frozen=True)
class Design:
    """The levels of ``reads`` and ``writes``, ``copies`` in each region, and ``grace``: hours that a tombstone, the mark
    of a delete, is kept."""

    reads: str
    writes: str
    copies: int
    grace: float


@dataclass(frozen=True)
class Load:
    """``down``, the share of time that a copy is down; ``cut``, the share of time that a given region is cut off."""

    down: float = 0.0
    cut: float = 0.0


def run(design: Design, load: Load) -> dict[str, float]:
    """What callers and auditors of ``design`` see under ``load``.

    ``read99``, ``write99`` (ms); shares of reads that miss the write: ``stale`` at the moment of its acknowledgement in
    its own region, ``far`` then in another region, ``settled`` there 200 ms later; ``down``, operations in a million that
    fail; ``back``, deletes in a million that come back; ``gone``, hours until a deleted value's last byte is gone;
    ``copies`` in all. Raises :class:`ValueError` for an unknown level or copies outside 1 to 3.
    """
    if not {design.reads, design.writes} <= set(LEVELS) or not 1 <= design.copies <= MOST_COPIES:
        raise ValueError(f"{design}: levels are {', '.join(LEVELS)}, copies 1 to {MOST_COPIES}")
    copies = REGIONS * design.copies
    failing = max(fails(level, design.copies, load) for level in (design.reads, design.writes))
    return {
        **_times(design.reads, design.writes, design.copies),
        "down": 1e6 * failing,
        "back": 1e6 * copies * load.down * math.exp(-design.grace / OUTAGE),
        "gone": design.grace + COMPACTION,
        "copies": copies,
    }


def fails(level: str, copies: int, load: Load) -> float:
    """Probability that an operation of ``level`` finds too few copies: exact, by the binomial distribution.

    A caller stands in the first region. Each of the two others is cut off a share ``load.cut`` of the time, never both.
    """

    majority, cut = copies // 2 + 1, 2 * load.cut
    if level == "local":
        return down(copies, majority, load.down)
    if level == "each":
        return 1 - (1 - cut) * (1 - down(copies, majority, load.down)) ** REGIONS
    whole = REGIONS * copies
    need = 1 if level == "one" else whole // 2 + 1
    return (1 - cut) * down(whole, need, load.down) + cut * down(whole - copies, need, load.down)


@lru_cache(None)
def _times(reads: str, writes: str, copies: int) -> Mapping[str, float]:
    there, back, asked, told, asked_far, told_far = (each[:, :, :copies] for each in _messages())
    acknowledged, _ = _waits(writes, there + back + 2 * _away(0), 0)
    arrived = there + _away(0)

    def read(home: int, request: Array, answer: Array, after: float) -> tuple[Array, float]:
        done, counted = _waits(reads, request + answer + 2 * _away(home), home)
        seen = arrived <= acknowledged[:, None, None] + after + request + _away(home)
        return done, 1 - float((seen & counted).any(axis=(1, 2)).mean())

    done, stale = read(0, asked, told, 0.0)
    return {
        "read99": float(np.quantile(done, 0.99)),
        "write99": float(np.quantile(acknowledged, 0.99)),
        "stale": stale,
        "far": read(1, asked_far, told_far, 0.0)[1],
        "settled": read(1, asked_far, told_far, SETTLED)[1],
    }


@lru_cache(None)
def _messages() -> tuple[Array, ...]:
    """One-way delays inside a region, by trial, region and copy: a write, its acknowledgement, then two reads' requests and
    answers. A design with fewer copies uses the first of them, so that designs are compared on the same draws."""
    rng, size = np.random.default_rng(51), (TRIALS, REGIONS, MOST_COPIES)
    return tuple(each.draw(rng, size) for each in (DISK_WRITE, SSD, SSD, SSD, SSD, SSD))


def _away(home: int) -> Array:
    """What a message from region ``home`` takes on top, by region."""
    return np.where(np.arange(REGIONS) == home, 0.0, ONE_WAY)[None, :, None]


def _waits(level: str, done: Array, home: int) -> tuple[Array, NDArray[np.bool_]]:
    """When an operation is complete whose answers come at ``done`` (trial, region, copy), and which answers count for it."""
    flat, copies = done.reshape(len(done), -1), done.shape[2]
    if level == "one":
        at = flat.min(axis=1)
    elif level == "quorum":
        at = np.sort(flat, axis=1)[:, flat.shape[1] // 2]
    else:
        majorities = np.sort(done, axis=2)[:, :, copies // 2]
        at = majorities[:, home] if level == "local" else majorities.max(axis=1)
    counted = done <= at[:, None, None]
    if level == "local":
        counted &= (np.arange(REGIONS) == home)[None, :, None]
    return at, counted
