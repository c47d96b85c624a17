"""A token bucket: so much on average, and at most so much at once.

Turner, "New directions in communications (or which way to the information age?)" (IEEE Communications Magazine, 1986).
"""

import math


class TokenBucket:
    """At most ``burst`` tokens; a token is worth one unit of work, and ``rate`` of them come back each second.

    The bucket begins full. ``tokens`` is what was in it at ``last_s``, the latest time at which it was asked; before the
    first question that is -infinity. Raises ``ValueError`` unless both numbers are finite and above 0.
    """

    def __init__(self, rate: float, burst: float) -> None:
        if not (0 < rate < math.inf and 0 < burst < math.inf):
            raise ValueError(f"rate {rate} and burst {burst}; both must be finite and above 0")
        self.rate, self.burst = rate, burst
        self.tokens, self.last_s = burst, -math.inf

    def take(self, now_s: float, cost: float = 1.0) -> bool:
        """Whether ``cost`` tokens are there at the time ``now_s``, in seconds; if they are, they are taken, and if not,
        none is.

        Before it answers, the bucket gains ``rate`` tokens for each second since it was last asked, whatever the answer
        was then, in fractions too, up to ``burst``. Clocks step back now and then: a ``now_s``, which is finite, before
        the latest one counts as the latest one. A bucket that holds exactly ``cost`` gives it; one that holds less by
        however little does not.

        Raises ``ValueError`` where ``cost`` is 0 or less, NaN, or above ``burst`` (it could never be had); nothing has
        changed then. Complexity: O(1) in time and memory, however long nobody asked.
        """
        if not 0 < cost <= self.burst:
            raise ValueError(f"a cost of {cost}; it must be above 0 and at most the burst, {self.burst}")
        self.tokens = min(self.burst, self.tokens + max(0, now_s - self.last_s) * self.rate)
        self.last_s = max(self.last_s, now_s)
        if cost > self.tokens:
            return False
        self.tokens -= cost
        return True

    def retry_after_s(self, cost: float = 1.0) -> float:
        """Seconds after the latest question until ``cost`` tokens are there, if nobody else takes any: what a refusal
        should say."""
        return max(0.0, (cost - self.tokens) / self.rate)
