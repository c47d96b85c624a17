"""How many replicas should exist, from what those that answer have reported."""

from __future__ import annotations

import math
from collections.abc import Sequence

from course.systems.serving.fleet import Sample


class Autoscaler:
    """Keeps a fleet as large as its demand: up at once, down slowly.

    ``least`` and ``most`` replicas, at least 1; ``spare``, how many exist beyond the demand; ``calm``, at least
    1, windows before one goes. A replica is used as planned when it computes in a share ``busy`` of the time,
    and likewise when ``per_replica`` requests are in flight on it. ``quiet`` is the number of windows in a row,
    up to the last, that wanted fewer replicas than existed.
    """

    def __init__(
        self,
        *,
        least: int = 2,
        most: int = 16,
        spare: int = 0,
        calm: int = 3,
        busy: float = 0.7,
        per_replica: float = 16.0,
    ) -> None:
        self.least, self.most, self.spare, self.calm = least, most, spare, calm
        self.busy, self.per_replica = busy, per_replica
        self.quiet = 0

    def desired(self, samples: Sequence[Sample], starting: int) -> int:
        """How many replicas should exist after this window, those that are starting among them.

        ``samples`` are the reports of the replicas that answer, one of each; ``starting`` more are ordered and
        do not answer yet. Both exist.

        Demand in replicas is a sum over the samples: of the shares of time in which they computed, divided by
        ``busy``; or of their requests in flight, divided by ``per_replica``. Which of the two is yours to
        decide. Wanted is the demand, where a part of a replica counts as a whole one, plus ``spare``, within
        ``least`` and ``most``.

        Where as many are wanted as exist, or more, those are desired at once. Where fewer are wanted, all that
        exist are desired, until ``calm`` windows in a row have wanted fewer, this one among them: from then on
        one fewer than exist, in this window and each next one of the row. Never above ``most``.

        Keeps ``quiet``; changes no sample, nor their order. O(n) for n samples.
        """
        exist = len(samples) + starting
        demand = sum(sample.in_flight for sample in samples) / self.per_replica
        wanted = min(self.most, max(self.least, math.ceil(demand) + self.spare))
        if wanted >= exist:
            self.quiet = 0
            return wanted
        self.quiet += 1
        return min(self.most, exist - 1 if self.quiet >= self.calm else exist)
