"""Errors of estimates and simulators that learners raise; nothing here is ever cut, so a check can look for them by name."""


class QueueError(Exception):
    """A queue was asked for something that it cannot give."""


class Overloaded(QueueError):
    """Work arrives as fast as it can be done or faster, so no steady state exists."""

    def __init__(self, load: float, servers: int) -> None:
        super().__init__(f"{load:.3g} servers' worth of work for {servers}; add servers or shed load")
        self.load, self.servers = load, servers


class TooFew(QueueError):
    """The most servers that may be taken do not keep the budget."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} servers are not enough; allow more of them, or a longer wait")
        self.most = most


class EstimateError(Exception):
    """What was to be sized cannot be: no tier answers, nothing fits, or no fleet is large enough."""


class Unanswered(EstimateError):
    """Some queries pass every tier and get no answer."""

    def __init__(self, share: float) -> None:
        super().__init__(
            f"a share of {share:.3g} of all queries passes every tier; let the last answer the rest"
        )
        self.share = share


class DoesNotFit(EstimateError):
    """One document is larger than the room of a machine."""

    def __init__(self, size: float, room: float) -> None:
        super().__init__(f"a document of {size:,.0f} B does not fit in {room:,.0f} B; take a larger machine")
        self.size, self.room = size, room


class TooLarge(EstimateError):
    """The fleet that it takes is larger than any that is built."""

    def __init__(self, machines: float, most: int) -> None:
        super().__init__(
            f"it takes {machines:,.0f} machines, and the most is {most:,}; make each query cheaper"
        )
        self.most = most


class DeadlineExceeded(QueueError):
    """No time is left for another call before the deadline."""

    def __init__(self, at_ms: float, now: float) -> None:
        super().__init__(
            f"at {now:g} ms no time is left for a call before {at_ms:g} ms; answer with what is there"
        )
        self.at_ms, self.now = at_ms, now
