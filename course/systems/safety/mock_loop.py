"""A mock loop: the rounds laid over days within what a person can do, and its run held against the clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from course.systems.safety.errors import NoPlanError
from course.systems.safety.rounds import Round


@dataclass(frozen=True)
class LoopRules:
    """What a plan keeps to. Minutes are minutes; ``review_minutes`` follow each round, while it is fresh."""

    rounds_a_day: int = 2
    review_minutes: float = 15.0  # chosen: a plan may take another
    rest_days: frozenset[int] = frozenset()
    day_between_screen_and_onsite: bool = True


@dataclass(frozen=True)
class Sitting:
    """One round on one day: the day (from 0) and the minutes from that day's start."""

    day: int
    start: float
    end: float
    round: Round


def plan_loop(
    rounds: Sequence[Round], minutes_a_day: Sequence[float], rules: LoopRules | None = None
) -> tuple[Sitting, ...]:
    """Lay ``rounds``, in their order, over days with ``minutes_a_day`` each; as early as the rules allow.

    A round takes its minutes and the review's; what follows a gate comes on a later day. The order is kept, so taking the earliest day for each round in turn also
    ends the loop on the earliest day possible: putting a round later frees nothing for the rounds after it. Raises
    :class:`~course.systems.safety.errors.NoPlanError` naming the first round that fits nowhere. O(rounds + days).
    """
    rules = rules or LoopRules()
    sittings: list[Sitting] = []
    day, used = 0, 0.0
    for index, round_ in enumerate(rounds):
        needed = round_.minutes + rules.review_minutes
        if index > 0:
            first_onsite = round_.onsite and not rounds[index - 1].onsite
            apart = 2 if first_onsite and rules.day_between_screen_and_onsite else int(rounds[index - 1].gate)
            if apart:
                day, used = sittings[-1].day + apart, 0.0
        while day < len(minutes_a_day):
            today = sum(sitting.day == day for sitting in sittings)
            free = day not in rules.rest_days and today < rules.rounds_a_day
            if free and used + needed <= minutes_a_day[day]:
                break
            day, used = day + 1, 0.0
        else:
            raise NoPlanError(round_.name, needed, len(minutes_a_day))
        sittings.append(Sitting(day, used, used + round_.minutes, round_))
        used += needed
    return tuple(sittings)


@dataclass
class LoopRun:
    """A loop being run: ``begin`` and ``end`` each round by ``clock`` (seconds), then read ``overruns``."""

    sittings: Sequence[Sitting]
    clock: Callable[[], float]
    minutes: dict[str, float] = field(default_factory=dict)
    _began: tuple[str, float] | None = None

    def next_round(self) -> Round | None:
        """The first round of the plan that has not been ended, or None after the last."""
        return next((s.round for s in self.sittings if s.round.name not in self.minutes), None)

    def begin(self) -> Round:
        """Start the clock on the next round; raises ``RuntimeError`` after the last, or while one is running."""
        round_ = self.next_round()
        if round_ is None or self._began is not None:
            raise RuntimeError(
                "no round to begin: end the running one first" if round_ else "every round has been run"
            )
        self._began = (round_.name, self.clock())
        return round_

    def end(self) -> float:
        """Stop the clock and return the minutes that the round took; raises ``RuntimeError`` if none is running."""
        if self._began is None:
            raise RuntimeError("no round is running; begin one first")
        name, began = self._began
        self.minutes[name] = (self.clock() - began) / 60.0
        self._began = None
        return self.minutes[name]

    def overruns(self) -> dict[str, float]:
        """Minutes over time, for each round that took longer than its length."""
        over = {s.round.name: self.minutes.get(s.round.name, 0.0) - s.round.minutes for s in self.sittings}
        return {name: minutes for name, minutes in over.items() if minutes > 0.0}
