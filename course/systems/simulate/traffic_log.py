"""A log of traffic: what came when, how much work it was, and what it would have waited behind so many servers."""

import numpy as np
from numpy.typing import ArrayLike

from course.systems.simulate.queues import Times, many_server_waits


class TrafficLog:
    """Requests in their order: ``gaps[i]`` is the time between request i and the one before it, ``services[i]`` the work
    that it brings, both in one unit.

    ``rate`` is requests for each unit of time, ``work`` the mean of ``services``, ``load`` their product: the offered
    load, in servers' worth. ``replays`` counts what was replayed. Raises ``ValueError`` where the two differ in length,
    where one is negative or NaN, and where no request comes or no time passes.
    """

    def __init__(self, gaps: ArrayLike, services: ArrayLike) -> None:
        self.gaps, self.services = np.array(gaps, np.float64), np.array(services, np.float64)
        if self.gaps.shape != self.services.shape or self.gaps.ndim != 1:
            raise ValueError(
                f"{self.gaps.shape} gaps and {self.services.shape} services; one of each a request"
            )
        if not (np.all(self.gaps >= 0) and np.all(self.services >= 0)):
            raise ValueError("a gap or a service is below 0 or NaN; times are 0 or more")
        if not self.gaps.sum() > 0:
            raise ValueError("no time passes in the log, so it has no rate; log some traffic first")
        self.replays = 0

    @property
    def rate(self) -> float:
        return len(self.gaps) / float(self.gaps.sum())

    @property
    def work(self) -> float:
        return float(self.services.mean())

    @property
    def load(self) -> float:
        return self.rate * self.work

    def waits(self, servers: int) -> Times:
        """The wait of each request, had ``servers`` equal servers stood behind one queue: one replay of the log.

        Raises ``ValueError`` where ``servers`` is below 1. Complexity: O(requests · log servers).
        """
        self.replays += 1
        return many_server_waits(self.gaps, self.services, servers)
