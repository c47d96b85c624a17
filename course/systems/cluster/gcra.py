"""The generic cell rate algorithm: a token bucket that keeps one timestamp and no tokens.

ITU-T recommendation I.371, "Traffic control and congestion control in B-ISDN", annex A: the virtual scheduling algorithm.
"""

import math


class Gcra:
    """Accepts ``rate`` requests a second, and up to ``burst`` at once; each costs one.

    ``expected_s`` is the theoretical arrival time (TAT): when the next request would come if all came evenly.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self.gap_s, self.early_s = 1 / rate, (burst - 1) / rate
        self.expected_s = -math.inf

    def take(self, now_s: float) -> bool:
        """Whether a request at ``now_s`` is accepted: it may come as much as (burst - 1) / rate before its time."""
        if now_s < self.expected_s - self.early_s:
            return False
        self.expected_s = max(now_s, self.expected_s) + self.gap_s
        return True
