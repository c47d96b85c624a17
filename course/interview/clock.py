"""The clock of a real round: its phases with their minutes, and how far it has run."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Phase:
    """A part of the round: its ``minutes``, and what is ``due`` when it ends."""

    name: str
    minutes: int
    due: str


PHASES = (
    Phase("clarify", 5, "who uses it, how many, what must never happen"),
    Phase("requirements", 5, "the promises in numbers, and what is out of scope"),
    Phase("high-level design", 12, "interface, data, one path drawn from end to end"),
    Phase("drill", 13, "one part in depth: time, memory, what breaks"),
    Phase("constraints", 15, "the design evolves; each change has a price"),
    Phase("wrap-up", 5, "evaluation, rollout, what you still doubt"),
)
"""A usual split of a system-design round of :data:`course.facts.ROUND_DESIGN_MINUTES`. The split is this course's own."""
BEFORE = sum(phase.minutes for phase in PHASES[:3])
"""Minutes of a round until one part is gone into: for what stands before the knobs of a mock."""
SECONDS = 60 * sum(phase.minutes for phase in PHASES)


@dataclass(frozen=True)
class Clock:
    """A clock that can be stopped: ``spent`` seconds before the last start, ``since`` the time of that start (seconds
    of the epoch; None while it stands)."""

    spent: float = 0.0
    since: float | None = None

    @property
    def running(self) -> bool:
        return self.since is not None

    def elapsed(self, now: float) -> float:
        """Seconds of the round that are over at ``now``, at most all of them."""
        run = max(0.0, now - self.since) if self.since is not None else 0.0
        return min(self.spent + run, float(SECONDS))

    def started(self, now: float) -> "Clock":
        return replace(self, since=now) if self.since is None else self

    def stopped(self, now: float) -> "Clock":
        return Clock(self.elapsed(now))


STANDING = Clock()


def phase_at(elapsed: float) -> Phase | None:
    """The phase that the round is in after ``elapsed`` seconds; None once it is over."""
    end = 0
    for phase in PHASES:
        end += 60 * phase.minutes
        if elapsed < end:
            return phase
    return None
