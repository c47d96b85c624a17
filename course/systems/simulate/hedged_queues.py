"""Requests that are sent again, simulated: servers with a queue each, and requests that see no queue.

Poisson arrivals, exponential work of mean 1, first come first served. A copy goes to a random server, the second one to
another. A copy that is cancelled leaves its queue; one that has begun runs on, and its time is lost.
"""

import heapq
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from course.systems.simulate.actions import Action

Copy = tuple[int, int]
"""The number of a request, and of one of its copies."""
ANSWER, WAKE = 0, 1
"""What happens at a moment: at the same one an answer comes first."""


class Request(Protocol):
    """What the simulation asks of a request: see :class:`~course.systems.simulate.hedging.Hedge`."""

    def due(self) -> float | None: ...

    def start(self, now: float) -> list[Action]: ...

    def on_time(self, now: float) -> list[Action]: ...

    def on_answer(self, copy: int, now: float) -> list[Action]: ...


@dataclass(frozen=True)
class Ran:
    """What was seen: mean and 99th percentile of the time to an answer, in mean service times; the share of requests that
    was sent a second time; and of those the share of which both copies were served."""

    mean: float
    p99: float
    extra: float
    both: float


class HedgedServers:
    """``servers`` that first copies alone keep busy a share ``busy`` of the time; ``new()`` makes a request."""

    def __init__(self, new: Callable[[], Request], busy: float, *, servers: int = 50, seed: int = 1) -> None:
        self.new, self.busy, self.servers = new, busy, servers
        self._rng = np.random.default_rng(seed)
        self._calendar: list[tuple[float, int, int, int]] = []  # when, what, and the copy that it is about
        self._queues: list[deque[Copy]] = [deque() for _ in range(servers)]
        self._idle = [True] * servers
        self._cancelled: set[Copy] = set()
        self._requests: list[Request] = []
        self._took: list[float] = []
        self._sent: list[int] = []
        self._served: list[int] = []

    def run(self, requests: int) -> Ran:
        """Send ``requests`` and serve them to the end. Complexity: O(n log n) for n of them."""
        self._draw(requests)
        for number, now in enumerate(self._arrivals):
            self._serve_until(now)
            request = self.new()
            self._requests.append(request)
            self._do(number, request.start(now), now)
            self._plan(number)
        self._serve_until(math.inf)
        twice = [served for sent, served in zip(self._sent, self._served, strict=True) if sent > 1]
        return Ran(
            mean=float(np.mean(self._took)),
            p99=float(np.quantile(self._took, 0.99)),
            extra=len(twice) / requests,
            both=sum(served > 1 for served in twice) / max(1, len(twice)),
        )

    def _draw(self, requests: int) -> None:
        rng, n = self._rng, requests
        gaps = rng.standard_exponential(n) / (self.servers * self.busy)
        first = rng.integers(self.servers, size=n)
        second = (first + rng.integers(1, self.servers, size=n)) % self.servers
        self._arrivals: list[float] = np.cumsum(gaps).tolist()
        self._work: list[list[float]] = rng.standard_exponential((n, 2)).tolist()
        self._places: list[list[int]] = np.stack([first, second], axis=1).tolist()
        self._took, self._sent, self._served = [0.0] * n, [0] * n, [0] * n

    def _serve_until(self, end: float) -> None:
        while self._calendar and self._calendar[0][0] <= end:
            now, what, number, copy = heapq.heappop(self._calendar)
            request = self._requests[number]
            if what == WAKE:
                self._do(number, request.on_time(now), now)
            else:
                self._do(number, request.on_answer(copy, now), now)
                self._next(self._places[number][copy], now)

    def _plan(self, number: int) -> None:
        due = self._requests[number].due()
        if due is not None:
            heapq.heappush(self._calendar, (due, WAKE, number, 0))

    def _do(self, number: int, actions: list[Action], now: float) -> None:
        for verb, copy in actions:
            if verb == "send":
                self._sent[number] += 1
                server = self._places[number][copy]
                self._queues[server].append((number, copy))
                if self._idle[server]:
                    self._next(server, now)
            elif verb == "cancel":
                self._cancelled.add((number, copy))
            else:
                self._took[number] = now - self._arrivals[number]

    def _next(self, server: int, now: float) -> None:
        """Let ``server`` begin the first copy in its queue that nobody has cancelled."""
        queue = self._queues[server]
        while queue and queue[0] in self._cancelled:
            queue.popleft()
        self._idle[server] = not queue
        if queue:
            number, copy = queue.popleft()
            self._served[number] += 1
            heapq.heappush(self._calendar, (now + self._work[number][copy], ANSWER, number, copy))
