"""A service of a thousand requests a second behind three doors: clients that throttle themselves, a quota for each tenant,
and a queue with a bound. In ticks of 10 ms; amounts are fractions of requests.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from course.systems.cluster.throttle import ClientThrottle

CAPACITY = 1000.0
"""Requests a second that the workers can do."""
TICK_S = 0.01  # chosen: fine beside a burst of a second
REFUSAL, AT_EDGE = 0.1, 0.02  # chosen: work of a refusal at the queue and at the edge, in requests
BIG = 0.25
"""The share of all people who belong to the largest honest tenant."""
MEMORY_S = 10.0  # chosen: what the clients' throttle remembers
COMES_BACK_TICKS = 50
"""A refused request that comes back does so half a second later."""
PIECE = 10.0  # chosen: requests that a tenant asks for at once
PATIENCE_MS = 1000.0  # chosen: an answer is worth something for so long
SPIKE_S = (10.0, 20.0)  # chosen: when the spike begins and when it ends
SEED = 8


class Bucket(Protocol):
    def take(self, now_s: float, cost: float) -> bool: ...


class Doors:
    """The service with the quotas that ``make_bucket(rate, burst)`` makes, one for each tenant that needs one."""

    def __init__(self, make_bucket: Callable[[float, float], Bucket]) -> None:
        self.make_bucket = make_bucket

    def measure(self, design: Mapping[str, float], load: Mapping[str, float]) -> dict[str, float]:
        """What a run of ``load["seconds"]`` seconds gives.

        ``design`` has ``queue`` (ms of work that may wait), ``share`` (of the capacity, that one tenant may take, with a
        second of burst) and ``K`` of the clients' throttle, 0 for none. ``load`` has ``people`` a second, ``burst`` (times
        as many in one second of ten), ``spike`` (times as many from second 10 to 20), ``abuse`` a second by one tenant
        that never steps back, ``batch`` a second that may wait, ``retry`` (share of those without an answer who come back)
        and ``failing`` (share of answers that are errors, for no reason of load).

        ``good``: people's answers in time, over first tries. ``wait``: 99th percentile of the wait of people's requests,
        ms. ``useful``: good answers a second in the spike over the capacity, 1 without a spike. ``wrongly``: people's
        requests that were refused by throttle or quota while the server was less than half loaded, over first tries: who
        comes back and is refused again counts again.
        ``batch``: the share of batch work that is done, 1 where there is none. ``stopped``: what the quota refused of the
        largest honest tenant's requests, over all that it sent; ``script``: requests a second of the script that were
        let in by its quota.
        """
        run = _Run(design, load, self.make_bucket)
        for tick, first in enumerate(_wanted(load)):
            run.tick(tick, first)
        return run.measured()


def _wanted(load: Mapping[str, float]) -> list[float]:
    """People's first tries in each tick."""
    time_s = np.arange(int(load["seconds"] / TICK_S)) * TICK_S
    spike = (time_s >= SPIKE_S[0]) & (time_s < SPIKE_S[1])
    rate = (
        load["people"] * np.where(time_s % 10 < 1, load["burst"], 1.0) * np.where(spike, load["spike"], 1.0)
    )
    found: list[float] = np.random.default_rng(SEED).poisson(rate * TICK_S).astype(float).tolist()
    return found


@dataclass
class _Run:
    design: Mapping[str, float]
    load: Mapping[str, float]
    make_bucket: Callable[[float, float], Bucket]
    waiting: float = 0.0  # people's and the script's requests
    honest: float = 0.0  # people's among them
    batch: float = 0.0
    wanted: float = 0.0
    good: float = 0.0
    good_in_spike: float = 0.0
    wrongly: float = 0.0
    batch_done: float = 0.0
    big_asked: float = 0.0
    big_refused: float = 0.0
    script_in: float = 0.0
    waits: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        ticks = int(self.load["seconds"] / TICK_S)
        self.back = [0.0] * (ticks + COMES_BACK_TICKS)
        quota = self.design["share"] * CAPACITY
        self.big, self.script = (self.make_bucket(quota, quota) for _ in range(2))
        self.throttle = ClientThrottle(self.design["K"], MEMORY_S)
        self.room = self.design["queue"] / 1000 * CAPACITY

    def tick(self, tick: int, first: float) -> None:
        """One tick: who wants, who is let through each door, what is done, who comes back."""
        now_s, load = tick * TICK_S, self.load
        want = first + self.back[tick]
        sent = want * (1 - self.throttle.refuses)
        at_home = want - sent
        over = _over(self.big, now_s, BIG * sent)
        self.big_asked, self.big_refused = self.big_asked + BIG * sent, self.big_refused + over
        sent -= over
        script = load["abuse"] * TICK_S
        script_over = _over(self.script, now_s, script)
        offered = sent + script - script_over
        taken = min(offered, max(0.0, self.room - self.waiting))
        mine = taken * sent / offered if offered else 0.0
        self.waiting, self.honest = self.waiting + taken, self.honest + mine
        failed = load["failing"] * mine
        self.throttle.saw(want, mine - failed, TICK_S)
        refusals = REFUSAL * (offered - taken) + AT_EDGE * (over + script_over)
        work = max(0.1 * CAPACITY * TICK_S, CAPACITY * TICK_S - refusals)
        if self.waiting + self.batch < work / 2:
            self.wrongly += at_home + over
        self._do_batch(work - self._answer(tick, work))
        self.wanted += first
        self.script_in += script - script_over
        again = load["retry"] * (at_home + over + sent - mine + failed)
        self.back[tick + COMES_BACK_TICKS] += min(again, 3 * first + 3)

    def _answer(self, tick: int, work: float) -> float:
        """Answer up to ``work`` of those who wait, people and the script alike; the work that it took."""
        served = min(self.waiting, work)
        if served:
            wait_ms, honest = self.waiting / CAPACITY * 1000, served * self.honest / self.waiting
            self.waits.append((wait_ms, honest))
            if wait_ms <= PATIENCE_MS:
                self.good += honest * (1 - self.load["failing"])
                if SPIKE_S[0] <= tick * TICK_S < SPIKE_S[1]:
                    self.good_in_spike += honest
            self.waiting, self.honest = self.waiting - served, self.honest - honest
        return served

    def _do_batch(self, spare: float) -> None:
        """Batch work runs in what people leave; half a second of it may wait."""
        self.batch = min(self.batch + self.load["batch"] * TICK_S, 0.5 * CAPACITY)
        ran = min(self.batch, spare)
        self.batch -= ran
        self.batch_done += ran

    def measured(self) -> dict[str, float]:
        waits, weights = np.array(sorted(self.waits)).T
        share = np.cumsum(weights)
        late = float(waits[np.searchsorted(share, 0.99 * share[-1])])
        spike = self.good_in_spike / (SPIKE_S[1] - SPIKE_S[0]) / CAPACITY
        jobs = self.load["batch"] * self.load["seconds"]
        return {
            "good": min(1.0, self.good / self.wanted),
            "wait": late,
            "useful": spike if self.load["spike"] > 1 else 1.0,
            "wrongly": self.wrongly / self.wanted,
            "batch": self.batch_done / jobs if jobs else 1.0,
            "stopped": self.big_refused / self.big_asked,
            "script": self.script_in / self.load["seconds"],
        }


def _over(bucket: Bucket, now_s: float, wanted: float) -> float:
    """How much of what a tenant wants in a tick its quota refuses. It asks for :data:`PIECE` at a time."""
    over = 0.0
    while wanted > 0.0:
        piece = min(PIECE, wanted)
        wanted -= piece
        if not bucket.take(now_s, piece):
            over += piece
    return over
