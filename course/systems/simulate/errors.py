"""Errors of the simulators that learners raise; nothing here is ever cut, so a check can look for them by name."""


class QueueError(Exception):
    """A queue was asked for something that it cannot give."""


class Overloaded(QueueError):
    """Work arrives as fast as it can be done or faster, so no steady state exists."""

    def __init__(self, load: float, servers: int) -> None:
        super().__init__(f"{load:.3g} servers' worth of work for {servers}; add servers or shed load")


class TooFew(QueueError):
    """The most servers that may be taken do not keep the budget."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} servers are not enough; allow more of them, or a longer wait")
