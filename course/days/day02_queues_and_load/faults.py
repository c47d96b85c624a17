"""Day 2's faults: a pool that the learner's code sized on today's log, under tomorrow's; and whom a door refuses wrongly."""

from collections import deque
from collections.abc import Mapping
from heapq import heapreplace
from math import inf

import numpy as np

from course.checking.port import subjects
from course.checking.subject import Subject, plain, there
from course.days.day02_queues_and_load.pool import one_queue, rows_of
from course.days.day02_queues_and_load.traffic import REQUESTS, WORK_MS, Load, drawn
from course.notebook.breaking import Measures, Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.blocks import Text
from course.notebook.screens.page import Page
from course.systems.simulate.capacity import cores_month_usd
from course.systems.simulate.queues import servers_for
from course.systems.simulate.sizing import servers_for_p99
from course.systems.simulate.traffic_log import TrafficLog

CALM: Load = {"rate": 200}
FAULTS: Mapping[str, Load] = {
    "clients send batches": {**CALM, "batch": 8},
    "answers of any length": {**CALM, "cv": 4},
    "a rush at three times the rate": {**CALM, "spike": 3},
    "arrivals as in the code log": {**CALM, "trace": "code"},
    "twice the traffic": {"rate": 400},
    "two workers at half speed": {**CALM, "slow": 2},
}
BUDGET_MS = 100.0  # chosen: what the pool is sized for; the promise leaves half of it for another day's luck
PROMISES = (
    Promise("the wait", "99th percentile of tomorrow's wait, ms", 150, digits=0),
    Promise("the money", "workers that are paid", 25, digits=0),
)
TODAY, TOMORROW = 1, 2
MOST = 1024
"""Workers that a pool may have: what `servers_for_p99` may take."""


def under(fault: str, expected: Prediction, lindley: object, size: object) -> Page:
    """What the fault does to a pool that the learner's code sized: see :func:`~course.notebook.breaking.under_fault`."""
    lindley, size = played("day02", lindley, size)

    def run(fault: str) -> Run:
        waits, sizing = subjects(lindley, size)
        load = FAULTS[fault]
        log = TrafficLog(*drawn(_sized_on(load), TODAY))
        ways = {
            "by Erlang's formula": servers_for(log.rate, log.work, BUDGET_MS),
            "by replaying the log": servers_for_p99(log, BUDGET_MS),
        }
        own = _sized(sizing, load)
        also = Text(
            f"{own} workers cost ${cores_month_usd(own):,.0f} a month. With a queue at each worker, drawn at "
            f"random, instead of one for all, the wait would be {_alone(waits, load, own):,.0f} ms."
        )
        before, after = _kept(CALM, _sized(sizing, CALM)), _kept(load, own)
        return Run(
            PROMISES, before, after, beside={way: _kept(load, n) for way, n in ways.items()}, also=(also,)
        )

    return under_fault(fault, expected, FAULTS, run, lindley, size)


def _sized_on(load: Load) -> Load:
    """Today's traffic: nobody knows today that workers will be slow tomorrow."""
    return {key: value for key, value in load.items() if key != "slow"}


def _sized(size: Subject, load: Load) -> int:
    """The workers that the learner's code asks for, from today's log."""
    log = there(size, TrafficLog)(*drawn(_sized_on(load), TODAY))
    number = int(plain(size(log, BUDGET_MS), int))
    if not 1 <= number <= MOST:
        raise ValueError(f"servers_for_p99 asks for {number} workers; 1 to {MOST:,} can be hired")
    return number


def _kept(load: Load, workers: int) -> Measures:
    """What so many workers keep tomorrow."""
    gaps, work = drawn(_sized_on(load), TOMORROW)
    waits = one_queue(
        np.cumsum(gaps).tolist(), [0.0] * REQUESTS, work.tolist(), workers, int(load.get("slow", 0)), inf
    )
    return {"the wait": float(np.quantile(waits, 0.99)), "the money": float(workers)}


def _alone(lindley: Subject, load: Load, workers: int) -> float:
    """The 99th percentile of the wait where each worker has a queue of its own, by the learner's recursion."""
    gaps, work = drawn(_sized_on(load), TOMORROW)
    rows = rows_of(np.cumsum(gaps), work, workers, int(load.get("slow", 0)))
    waits = [plain(lindley(*row), "ndarray") for row in rows]
    return float(np.quantile(np.concatenate(waits), 0.99))


DAYS = range(10)
"""Seeds of the days on which the door is watched."""


def refusals() -> None:
    """Print whom a door refuses that estimates each wait from what it can see, and whom of those it refuses wrongly."""
    sample = len(DAYS) * REQUESTS
    print(
        f"{sample:,} requests, 200 a second; refused where the estimated wait is above {BUDGET_MS:.0f} ms\n"
    )
    print("work    workers   refused   of those wrongly   served later than that")
    for load, name in ((CALM, "CV 1"), ({**CALM, "cv": 4}, "CV 4")):
        for workers in (12, 14):
            refused, wrongly, late = np.sum([_door(load, workers, seed) for seed in DAYS], axis=0)
            print(
                f"{name:<7} {workers:>7} {refused / sample:>9.2%} {wrongly / max(1, refused):>18.0%} "
                f"{late / (sample - refused):>24.2%}"
            )


def _door(load: Load, workers: int, seed: int) -> tuple[int, int, int]:
    """Refused, refused though they would have waited less, and served though they waited longer than the budget.

    The door sees how many wait, knows the mean work, and estimates (waiting + 1) × mean work / workers.
    """
    gaps, work = drawn(load, seed)
    free, starts = [0.0] * workers, deque[float]()
    refused = wrongly = late = 0
    for now, own in zip(np.cumsum(gaps).tolist(), work.tolist(), strict=True):
        while starts and starts[0] <= now:
            starts.popleft()
        wait = max(0.0, free[0] - now)
        estimate = (len(starts) + 1) * WORK_MS / workers if wait else 0.0
        if estimate > BUDGET_MS:
            refused += 1
            wrongly += wait <= BUDGET_MS
        else:
            late += wait > BUDGET_MS
            heapreplace(free, now + wait + own)
            starts.append(now + wait)
    return refused, wrongly, late
