"""A client's retry budget: retries are paid for by first tries, so that a storm cannot feed itself.

Source: *Site Reliability Engineering* (Beyer and others, 2016), chapter 21, "Deciding to Retry".
"""

import math


class RetryBudget:
    """How many retries one client may add to its first tries, over all its calls together.

    ``tokens``, a float, are what is left. It begins with ``floor``, so that a client that is new can retry at all, and never holds
    more than ``most``, so that a calm night does not pay for a storm.
    """

    def __init__(self, ratio: float, floor: float = 10.0, most: float = 100.0) -> None:
        """``ratio`` tokens for each first try. Raises ``ValueError`` unless 0 <= ratio and 0 <= floor <= most, all finite."""
        if not all(map(math.isfinite, (ratio, floor, most))) or ratio < 0 or not 0 <= floor <= most:
            raise ValueError(
                f"ratio is {ratio}, floor {floor}, most {most}; give finite ones with 0 <= ratio and 0 <= floor <= most"
            )
        self.ratio, self.most = ratio, most
        self.tokens = floor

    def first(self) -> None:
        """A first try is sent: it earns ``ratio`` tokens, as far as ``most`` has room for them. O(1), no clock."""
        self.tokens = min(self.tokens + self.ratio, self.most)

    def may_retry(self) -> bool:
        """Whether one retry may be sent now. It costs a whole token: True has taken it, False has taken nothing.

        A retry earns nothing, whatever becomes of it. So that after any calls the retries granted are at most ``floor``
        plus ``ratio`` for each first try. O(1), no clock.
        """
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True
