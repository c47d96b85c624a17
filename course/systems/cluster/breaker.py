"""A circuit breaker: after too many failures a client stops calling for a while, then asks once.

Source: Nygard, *Release It!* (2007), "Circuit Breaker". The numbers of calls that make a share are ours.
"""

import math
from collections import deque
from typing import Literal


class CircuitBreaker:
    """Refuses calls to a dependency that fails, and finds out by single calls whether it is back.

    ``state`` is ``"closed"`` (calls pass), ``"open"`` (none does) or ``"half-open"`` (one is under way to find out).
    Times are seconds of the caller's clock and never go back. Every call that was allowed is recorded once it has ended, also
    by a timeout; a call that was refused is not.
    """

    def __init__(
        self, threshold: float = 0.5, window_s: float = 1.0, open_s: float = 1.0, least: int = 5
    ) -> None:
        """Opens at a failed share of ``threshold`` of the results of the last ``window_s``, if they are ``least`` or more.
        Raises ``ValueError`` unless 0 < threshold <= 1, both times are above 0 and finite, and least is at least 1."""
        times = window_s > 0 and open_s > 0 and math.isfinite(window_s + open_s)
        if not 0 < threshold <= 1 or not times or least < 1:
            raise ValueError(
                f"threshold is {threshold}, window_s {window_s}, open_s {open_s}, least {least}; give 0 < threshold <= 1, "
                "times above 0 and a least of 1 or more"
            )
        self.threshold, self.window_s, self.open_s, self.least = threshold, window_s, open_s, least
        self.state: Literal["closed", "open", "half-open"] = "closed"
        self.opened_s = 0.0
        self.results: deque[tuple[float, bool]] = deque()  # when and whether it went well, oldest first
        self.failed = 0  # of those

    def allow(self, now_s: float) -> bool:
        """Whether a call may be made at ``now_s``.

        Closed: yes. Open: no, until ``open_s`` have passed since it opened; the first that asks then may, and makes it
        half-open. Half-open: no, since one is under way. A refusal changes nothing, and is no result. O(1).
        """
        if self.state == "open" and now_s - self.opened_s >= self.open_s:
            self.state = "half-open"
            return True
        return self.state == "closed"

    def record(self, ok: bool, now_s: float) -> None:
        """A call has ended at ``now_s``, well if ``ok``.

        Closed: the result is known for ``window_s`` (what is ``window_s`` old or older is forgotten). If ``least`` or more
        are known and at least ``threshold`` of them failed, it opens. Half-open: if it went well, it closes and
        has forgotten all results; else it opens again, from ``now_s``. Open: it is the late end of an earlier call, and
        changes nothing. Amortised O(1), whatever the window holds.
        """
        if self.state == "half-open":
            self._turn("closed" if ok else "open", now_s)
        elif self.state == "closed":
            self.results.append((now_s, ok))
            self.failed += not ok
            while now_s - self.results[0][0] >= self.window_s:
                self.failed -= not self.results.popleft()[1]
            known = len(self.results)
            if known >= self.least and self.failed >= self.threshold * known:
                self._turn("open", now_s)

    def _turn(self, state: Literal["closed", "open"], now_s: float) -> None:
        """Begin a new ``state`` with nothing known."""
        self.state, self.opened_s, self.failed = state, now_s, 0
        self.results.clear()
