"""Day 2's measure: a pool of workers under one run of traffic, and how its requests find a worker.

One shared queue needs a dispatcher, who is a server too: the learner's `lindley_waits` says how long requests wait for
him. Without one, a client takes a random worker, or of two random ones the one with less work outstanding.
"""

import heapq
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.checking.subject import Subject, plain
from course.days.day02_queues_and_load.traffic import REQUESTS, Load, drawn

SHARED, RANDOM, TWO = "one shared queue", "a random worker", "the better of two"
DISPATCH_MS = 0.4  # chosen: what a shared queue's dispatcher takes for a request
SEED = 2
BUSY = 200.0
"""Requests a second that keep ten workers busy."""


def measure(design: Mapping[str, Any], load: Load, lindley: Subject) -> dict[str, float]:
    """One run of 20,000 requests: ``p99`` of the wait of those who are served, in ms; ``refused``, the share that would have
    waited longer than ``limit`` ms and was turned away; ``cost``, the workers for each ten that the work keeps busy.

    ``load["slow"]`` is the share of workers that run at half speed.
    """
    gaps, work = drawn(load, SEED)
    workers = round(design["servers"] * float(load["rate"]) / BUSY)
    slow = round(float(load.get("slow", 0)) * 10 * float(load["rate"]) / BUSY)
    limit = float(design["limit"]) or math.inf
    arrivals = np.cumsum(gaps)
    if design["dispatch"] == SHARED:
        queued = plain(lindley(gaps, np.full(REQUESTS, DISPATCH_MS)), "ndarray")
        if queued.shape != gaps.shape:
            raise ValueError(f"lindley_waits gives {queued.shape} waits for {gaps.shape} requests")
        dispatched = (queued + DISPATCH_MS).tolist()
        waits = one_queue(arrivals.tolist(), dispatched, work.tolist(), workers, slow, limit)
    else:
        looks = 2 if design["dispatch"] == TWO else 1
        waits = own_queues(arrivals.tolist(), work.tolist(), workers, slow, limit, looks)
    late = float(np.quantile(waits, 0.99)) if waits else math.inf
    return {"p99": late, "refused": 1 - len(waits) / REQUESTS, "cost": float(design["servers"])}


def one_queue(
    arrivals: list[float], dispatched: list[float], work: list[float], workers: int, slow: int, limit: float
) -> list[float]:
    """Waits of those who are served from one queue; ``dispatched`` is how long the dispatcher took for each."""
    free, waits = [(0.0, i) for i in range(workers)], []
    for now, taken, own in zip(arrivals, dispatched, work, strict=True):
        first, i = free[0]
        start = max(now + taken, first)
        if start - now <= limit:
            heapq.heapreplace(free, (start + (2 * own if i < slow else own), i))
            waits.append(start - now)
    return waits


def own_queues(
    arrivals: list[float], work: list[float], workers: int, slow: int, limit: float, looks: int
) -> list[float]:
    """Waits of those who are served where each worker has a queue of its own, and a client ``looks`` at one or two."""
    free, waits = [0.0] * workers, []
    for now, own, (i, other) in zip(arrivals, work, _looks(), strict=True):
        i %= workers
        if looks == 2 and free[other % workers] < free[i]:
            i = other % workers
        start = max(now, free[i])
        if start - now <= limit:
            free[i] = start + (2 * own if i < slow else own)
            waits.append(start - now)
    return waits


def rows_of(
    arrivals: NDArray[np.float64], work: NDArray[np.float64], workers: int, slow: int
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Gaps and work of each worker's own customers, where every request takes a random one."""
    taken = np.array(_looks())[:, 0] % workers
    pace = np.where(taken < slow, 2.0, 1.0)
    mine = [taken == worker for worker in range(workers)]
    return [(np.diff(arrivals[own], prepend=0.0), (work * pace)[own]) for own in mine]


@cache
def _looks() -> list[list[int]]:
    """Two random numbers for each request, from which it takes its workers."""
    numbers: NDArray[np.int64] = np.random.default_rng(SEED + 1).integers(0, 1 << 30, (REQUESTS, 2))
    return numbers.tolist()  # type: ignore[no-any-return]
