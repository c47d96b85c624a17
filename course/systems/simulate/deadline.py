"""A deadline that is handed on: each call gets a share of the time that is left."""

from course.systems.simulate.errors import DeadlineExceeded


class Deadline:
    """A point in time, ``at_ms`` on the clock that all share, by which a caller wants its answer; infinite for never."""

    def __init__(self, at_ms: float) -> None:
        self.at_ms = at_ms

    def left(self, now: float) -> float:
        """How many ms are left at ``now``; below 0 once it is over."""
        return self.at_ms - now

    def child(self, now: float, share: float, reserve_ms: float = 0.0) -> "Deadline":
        """The deadline of a call that is made at ``now`` on behalf of this one.

        The caller keeps ``reserve_ms`` of what is left, to make its own answer out of what the call brings. Of the rest
        the call gets a ``share``, from ``now`` on: the whole rest for 1, half of it for 0.5, say where two calls follow
        one another. It never ends later than this deadline, not by a rounding error either. It is a deadline of its own,
        and this one stays as it is.

        Raises ``ValueError`` where ``share`` is not above 0 and at most 1, or ``reserve_ms`` is negative or NaN; only then
        ``DeadlineExceeded(at_ms, now)``, with this deadline's own time, where the reserve leaves nothing.
        """
        if not 0 < share <= 1 or not reserve_ms >= 0:
            raise ValueError(
                f"a share of {share} after {reserve_ms} ms; above 0 to 1, and a reserve of 0 or more"
            )
        rest = self.left(now) - reserve_ms
        if rest <= 0:
            raise DeadlineExceeded(self.at_ms, now)
        return Deadline(min(self.at_ms, now + share * rest))
