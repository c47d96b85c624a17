"""A limit on requests in flight that is found from the times of answers alone.

The shape is that of Netflix's Gradient2Limit (github.com/Netflix/concurrency-limits), with the smallest time ever
measured in the place of its long-term mean, as in its GradientLimit.
"""

import math

from course.facts import GRADIENT_TOLERANCE

TOLERANCE = GRADIENT_TOLERANCE.value
"""How many times the unloaded time an answer may take before the limit shrinks."""


class AdaptiveConcurrency:
    """How many requests may be in flight at once: ``limit``, a float, from ``low`` to ``high``, beginning at ``start``.

    ``unloaded_s`` is the smallest time that was ever observed, infinity before the first. Raises ``ValueError`` unless
    1 <= ``low`` <= ``start`` <= ``high``.
    """

    def __init__(self, start: float, low: float, high: float) -> None:
        if not 1 <= low <= start <= high:
            raise ValueError(f"{low} <= {start} <= {high} must hold, and the lowest be at least 1")
        self.limit, self.low, self.high = float(start), low, high
        self.unloaded_s = math.inf

    def observe(self, rtt_s: float, in_flight: int, dropped: bool = False) -> None:
        """Set ``limit`` anew, after an interval in which answers took ``rtt_s`` seconds on average (the round-trip time) and
        at most ``in_flight`` requests were in flight at once; ``dropped``: at least one of them never got an answer.

        *Dropped.* The limit is halved. The times say nothing then: ``rtt_s`` is not looked at, and may be anything.

        *Else* the smallest time so far, this one included, is how long an answer takes unloaded. The gradient is
        ``TOLERANCE`` times that, divided by ``rtt_s``, but at least 0.5 and at most 1. The new limit is the old one times the
        gradient, plus the square root of the old one: a little room to try for more. Where that is a growth, and
        ``in_flight`` is below half of the old limit, the limit stays: it was not tested. The smallest time is kept also then.

        Afterwards it is within ``low`` and ``high``. Raises ``ValueError`` where ``rtt_s`` is looked at and not finite and
        above 0; nothing has changed then. Complexity: O(1).
        """
        if dropped:
            wanted = self.limit / 2
        elif not 0 < rtt_s < math.inf:
            raise ValueError(f"a time of {rtt_s} s; an answer takes a finite time above 0")
        else:
            self.unloaded_s = min(self.unloaded_s, rtt_s)
            gradient = max(0.5, min(1.0, TOLERANCE * self.unloaded_s / rtt_s))
            wanted = gradient * self.limit + math.sqrt(self.limit)
            if wanted > self.limit and in_flight < self.limit / 2:
                wanted = self.limit
        self.limit = max(self.low, min(self.high, wanted))
