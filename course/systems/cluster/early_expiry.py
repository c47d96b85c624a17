"""Refresh before expiry, without a lock: each read draws, and near the expiry one of them is early.

Vattani, Chierichetti and Lowenstein, "Optimal Probabilistic Cache Stampede Prevention" (PVLDB 8, 2015): XFetch.
"""

import math


def xfetch_due(now_s: float, expires_s: float, delta_s: float, beta: float, u: float) -> bool:
    """Whether this read is to compute the entry anew, although it may not have expired yet.

    The read has drawn ``u``, uniform in (0, 1], and is early by −``beta`` · ``delta_s`` · ln ``u`` seconds, where
    ``delta_s`` is how long a computation takes. It is due where that is at least the time that is left until
    ``expires_s``. So at the expiry and after it every read is due, whatever it drew; and before it none with ``beta`` 0,
    ``delta_s`` 0 or ``u`` 1. ``now_s`` and ``expires_s`` may be infinite.

    Raises ``ValueError`` for ``u`` outside (0, 1], a ``delta_s`` or ``beta`` that is negative or infinite, and for NaN in
    any of the five. Complexity: O(1).
    """
    bad = not 0 < u <= 1 or not 0 <= delta_s < math.inf or not 0 <= beta < math.inf
    if bad or math.isnan(now_s) or math.isnan(expires_s):
        raise ValueError(
            f"u {u}, delta {delta_s} s, beta {beta} at {now_s} s of {expires_s} s; see the limits"
        )
    early = -beta * delta_s * math.log(u)
    return now_s >= expires_s or early >= expires_s - now_s
