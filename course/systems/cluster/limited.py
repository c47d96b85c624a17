"""A service that lets in no more than a limit says, while the limit is found from the times of its answers."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from course.systems.cluster.crowd import SEED, SERVICE_S, WORKERS

INTERVAL_S = 0.1  # chosen: how often the limit is set anew, after a hundred answers of a busy service


class Limit(Protocol):
    limit: float

    def observe(self, rtt_s: float, in_flight: int, dropped: bool) -> None: ...


@dataclass(frozen=True)
class Second:
    """One second: the limit at its end, answers, and their mean time in ms."""

    limit: float
    answers: int
    mean_ms: float


class Limited:
    """Twenty workers behind a limit that ``make_limit(start, low, high)`` makes, from 1 to ``high``."""

    def __init__(self, make_limit: Callable[[float, float, float], Limit]) -> None:
        self.make_limit = make_limit

    def seconds(
        self, load: float, seconds: int, *, slower: float = 1.0, start: float = 20.0, high: float = 400.0
    ) -> list[Second]:
        """What each second shows at ``load`` times what the workers can do. From the middle on every request takes
        ``slower`` times as long, and as many come as before. Who is not let in is refused."""
        rng = np.random.default_rng(SEED)
        rate = load * WORKERS / SERVICE_S
        number = rng.poisson(rate * seconds)
        arrivals = np.sort(rng.uniform(0, seconds, number)).tolist()
        work = rng.exponential(SERVICE_S, number).tolist()
        run = _Run(self.make_limit(start, 1.0, high))
        for now_s, own in zip(arrivals, work, strict=True):
            run.until(now_s)
            run.ask(now_s, own * (slower if now_s >= seconds / 2 else 1.0))
        run.until(float(seconds))
        return run.told

    def used(self, load: float, seconds: int, slower: float) -> float:
        """Answers over what the workers can give in the last quarter, or over what came where that is less."""
        last = self.seconds(load, seconds, slower=slower)[-seconds // 4 :]
        answers = sum(each.answers for each in last) / len(last)
        return answers / (WORKERS / SERVICE_S * min(load, 1 / slower))


class _Run:
    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.free = [0.0] * WORKERS
        self.leaving: list[tuple[float, float]] = []  # when who is inside is answered, and when it came
        self.times: list[float] = []
        self.of_second: list[float] = []
        self.most = 0
        self.intervals = 0
        self.told: list[Second] = []

    def ask(self, now_s: float, own: float) -> None:
        if len(self.leaving) + 1 <= self.limit.limit:
            done = max(now_s, self.free[0]) + own
            heapq.heapreplace(self.free, done)
            heapq.heappush(self.leaving, (done, now_s))
            self.most = max(self.most, len(self.leaving))

    def until(self, now_s: float) -> None:
        """All that happens up to ``now_s``: answers, and the ends of intervals."""
        while (end := (self.intervals + 1) * INTERVAL_S) <= now_s:
            self._answers(end)
            self._interval()
        self._answers(now_s)

    def _answers(self, now_s: float) -> None:
        while self.leaving and self.leaving[0][0] <= now_s:
            done, came = heapq.heappop(self.leaving)
            self.times.append(done - came)

    def _interval(self) -> None:
        self.intervals += 1
        if self.times:
            self.limit.observe(sum(self.times) / len(self.times), self.most, False)
        self.of_second += self.times
        self.times, self.most = [], len(self.leaving)
        if self.intervals % round(1 / INTERVAL_S) == 0:
            answers = len(self.of_second)
            mean_ms = 1000 * sum(self.of_second) / max(1, answers)
            self.told.append(Second(self.limit.limit, answers, mean_ms))
            self.of_second = []
