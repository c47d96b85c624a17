"""Replicas behind a router, with an autoscaler, cold starts, a line that may be full, and a region that is lost."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np

from course.systems.serving.replica import Job, Replica

TICK_MS, COLD_MS, AGAIN_MS, DRAINED = 10_000.0, 90_000.0, 3_000.0, 1e12
"""Between two looks of the autoscaler; from an order to the first answer; until an answer that was lost begins again; the end of time."""

Route = Callable[[Job, dict[str, float], random.Random], str]
"""Gets a request, the requests in flight by replica, and a source of chance; gives a replica's name."""


class Sample(NamedTuple):
    """What a replica reports of a window: the share of it in which anything ran; and at its end the requests in line, and those begun or in line."""

    busy_share: float
    waiting: int
    in_flight: float


class Scaler(Protocol):
    """Says how many replicas should exist, those that are starting among them."""

    def desired(self, samples: Sequence[Sample], starting: int) -> int: ...


@dataclass(frozen=True)
class Setting:
    """``replicas`` to begin with, of which the first ``slowed`` take ``slow`` times as long; ``line``, requests in flight from which a replica refuses;
    ``lost_ms``, when a third of the fleet goes; ``report_ms``, how old the loads are that the router sees."""

    replicas: int
    line: float = float("inf")
    slow: float = 1.0
    slowed: int = 0
    lost_ms: float = float("inf")
    report_ms: float = 0.0
    cold_ms: float = COLD_MS


@dataclass
class Served:
    """What users and graphs saw: milliseconds to the first token and hits by request, refusals, the pace of a token after each admission in ms, the
    replicas' loads at each arrival, and milliseconds of replicas paid."""

    ttft_ms: list[float] = field(default_factory=list)
    hits: list[bool] = field(default_factory=list)
    refused: int = 0
    pace_ms: list[float] = field(default_factory=list)
    loads: list[list[float]] = field(default_factory=list)
    paid_ms: float = 0.0
    busy_ms: float = 0.0
    ended_ms: float = 0.0

    @property
    def p95_ms(self) -> float:
        """95th percentile of the time to the first token."""
        return float(np.percentile(self.ttft_ms, 95))

    @property
    def hit_share(self) -> float:
        return float(np.mean(self.hits))

    @property
    def gpu_s(self) -> float:
        """Seconds of a GPU that a request costs, those that are starting or idle among them."""
        return self.paid_ms / 1000 / (len(self.ttft_ms) + self.refused)

    def good(self, ms: float) -> float:
        """Share of all requests whose first token came within ``ms``."""
        return float(np.sum(np.array(self.ttft_ms) <= ms) / (len(self.ttft_ms) + self.refused))

    @property
    def spread(self) -> float:
        """The fullest replica's load by the mean, averaged over the last two thirds of the arrivals."""
        seen = [np.array(row) for row in self.loads[len(self.loads) // 3 :]]
        return float(np.mean([row.max() / max(row.mean(), 0.1) for row in seen]))


def serve(
    jobs: Sequence[Job], route: Route, setting: Setting, scaler: Scaler | None = None, seed: int = 1
) -> Served:
    """Play ``jobs`` through the fleet. With a ``scaler`` replicas are ordered, start cold and drain (what drains is not paid for any more); without one the fleet stays. O(jobs · replicas)."""
    fleet = _Fleet(setting)
    rng, seen, tick = random.Random(seed), Served(), TICK_MS
    queue = [(job.arrival_ms, number, job) for number, job in enumerate(jobs)]
    heapq.heapify(queue)
    reported, loads = -1.0, dict[str, float]()
    while queue:
        now, _, job = queue[0]
        if now >= fleet.lost_ms:
            for again in fleet.lose():
                heapq.heappush(queue, again)
            continue
        if scaler is not None and now >= tick:
            fleet.scale(scaler, tick)
            tick += TICK_MS
            continue
        heapq.heappop(queue)
        fleet.advance(now)
        if now - reported >= setting.report_ms or reported < 0 or loads.keys() != fleet.ready.keys():
            reported, loads = now, {name: float(each.in_flight) for name, each in fleet.ready.items()}
        seen.loads.append(list(loads.values()))
        chosen = fleet.ready[route(job, loads, rng)]
        if chosen.in_flight >= setting.line:
            seen.refused += 1
        else:
            chosen.submit(job, now)
            seen.pace_ms.append(chosen.pass_ms)
        seen.ended_ms = now
    return fleet.counted(seen, scaled=scaler is not None)


class _Fleet:
    def __init__(self, setting: Setting) -> None:
        self.setting, self.lost_ms = setting, setting.lost_ms
        self.ready: dict[str, Replica] = {}
        self.gone: list[Replica] = []
        self.starting: list[float] = []
        self.paid_ms, self.made = 0.0, 0
        self._busy: dict[str, float] = {}
        for number in range(setting.replicas):
            self._start(0.0, setting.slow if number < setting.slowed else 1.0)

    def _start(self, at_ms: float, slow: float = 1.0) -> None:
        name = f"replica {self.made}"
        self.ready[name] = Replica(name, at_ms, slow=slow)
        self.made += 1

    def advance(self, now: float) -> None:
        for replica in self.ready.values():
            if replica.due_ms <= now:
                replica.advance(now)

    def lose(self) -> list[tuple[float, int, Job]]:
        """A third goes at once, and never the last replica: what it had begun starts again elsewhere a little later, what stood in line comes at once."""
        at, self.lost_ms = self.lost_ms, float("inf")
        again = []
        going = min(max(1, len(self.ready) // 3), len(self.ready) - 1)
        for name in list(self.ready)[:going]:
            replica = self.ready.pop(name)
            replica.advance(at)
            for job in replica.running:
                begun = replica.begun[job]
                replica.begun[job] = begun._replace(ttft_ms=begun.ttft_ms + AGAIN_MS, hit=False)
            again += [(at, job.id, job) for job in replica.line]
            replica.line.clear()
            self.gone.append(replica)
        return again

    def scale(self, scaler: Scaler, at: float) -> None:
        self.advance(at)
        samples = []
        for name, replica in self.ready.items():
            replica.advance(at)
            busy = (replica.busy_ms - self._busy.get(name, 0.0)) / TICK_MS
            samples.append(Sample(min(1.0, busy), len(replica.line), replica.in_flight))
            self._busy[name] = replica.busy_ms
        wanted = scaler.desired(samples, len(self.starting))
        exist = len(self.ready) + len(self.starting)
        self.starting += [at + self.setting.cold_ms] * max(0, wanted - exist)
        for _ in range(exist - wanted):  # what is starting is called off first
            if self.starting:
                self.starting.pop()
            elif len(self.ready) > 1:
                self._drain()
        self.starting, due = [t for t in self.starting if t > at], sum(t <= at for t in self.starting)
        for _ in range(due):
            self._start(at)
        self.paid_ms += TICK_MS * (len(self.ready) + len(self.starting))

    def _drain(self) -> None:
        idlest = min(self.ready.values(), key=lambda replica: replica.in_flight)
        del self.ready[idlest.name]
        self.gone.append(idlest)

    def counted(self, seen: Served, *, scaled: bool) -> Served:
        seen.busy_ms = sum(replica.busy_ms for replica in self.ready.values())
        seen.paid_ms = self.paid_ms if scaled else seen.ended_ms * len(self.ready)
        for replica in [*self.gone, *self.ready.values()]:
            replica.advance(DRAINED)
            seen.ttft_ms += [begun.ttft_ms for begun in replica.begun.values()]
            seen.hits += [begun.hit for begun in replica.begun.values()]
        return seen
