"""Client-side throttling: a client that is refused much refuses itself first, at no cost to the server.

Beyer and others, *Site Reliability Engineering* (2016), chapter 21, "Client-side throttling".
"""

import math


class ClientThrottle:
    """Refuses a share ``max(0, (requests - k * accepts) / (requests + 1))`` at home; ``k`` of 0 refuses none.

    Requests count whether they were let out or not. The book counts those of the last two minutes; here each second is
    worth ``1 - 1 / memory_s`` of the next one, about, which needs no list of times and has the same fixed points: at an idle
    server that fails a share f, with d for the share refused at home, d = 1 - k (1 - f)(1 - d). Below f = 1 - 1 / k that is
    d = 0 alone; above it d = 1, where nothing is let out, so nothing is accepted ever again.
    """

    def __init__(self, k: float, memory_s: float) -> None:
        self.k, self.memory_s = k, memory_s
        self.requests = self.accepts = 1.0

    @property
    def refuses(self) -> float:
        """The share that is refused at home now."""
        if not self.k:
            return 0.0
        return max(0.0, (self.requests - self.k * self.accepts) / (self.requests + 1))

    def saw(self, requests: float, accepts: float, passed_s: float) -> None:
        """``requests`` were wanted in the last ``passed_s`` seconds, and ``accepts`` of them got an answer."""
        keep = math.exp(-passed_s / self.memory_s)
        self.requests = keep * self.requests + requests
        self.accepts = keep * self.accepts + accepts
