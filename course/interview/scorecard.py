"""What a play shows about its player: only what was done and measured."""

import statistics
from dataclasses import dataclass

from course.interview.outcome import Outcome, Verdict
from course.interview.scenario import Design, Round
from course.interview.session import Session


@dataclass(frozen=True)
class RoundScore:
    """One round of the play. ``passing`` is the outcome that passed it (None while it is open); ``broke`` are the
    promises that broke first on the way, in order; ``reference`` is the reference's design for it, and ``its_tightest``
    what that design leaves on the same objects (None where it could not be measured)."""

    number: int
    round: Round
    attempts: int
    broke: tuple[str, ...]
    passing: Outcome | None
    reference: Design
    its_tightest: Verdict | None


@dataclass(frozen=True)
class Scorecard:
    """The rounds reached, and how far predictions were off: log2(predicted / measured) of each that has a ratio."""

    rounds: tuple[RoundScore, ...]
    misses: tuple[float, ...]

    @property
    def first_try(self) -> int:
        """Rounds passed by their first measured move."""
        return sum(each.passing is not None and each.attempts == 1 for each in self.rounds)

    @property
    def typical_miss(self) -> float | None:
        """The factor that half of the predictions are within, at least 1; None without any."""
        return float(2 ** min(60.0, statistics.median(map(abs, self.misses)))) if self.misses else None


def scorecard(session: Session) -> Scorecard:
    """The scorecard of the play so far. Measures the reference's designs on the session's own objects."""
    rounds = []
    for number, reached in enumerate(session.reached, start=1):
        made = [outcome for outcome in session.outcomes if outcome.number == number]
        rounds.append(RoundScore(
            number,
            reached,
            len(made),
            tuple(outcome.broke_first.name for outcome in made if outcome.broke_first),
            next((outcome for outcome in made if outcome.passed), None),
            *_reference(session, number),
        ))  # fmt: skip
    misses = [outcome.calibration for outcome in session.outcomes]
    return Scorecard(tuple(rounds), tuple(miss for miss in misses if miss is not None))


def _reference(session: Session, number: int) -> tuple[Design, Verdict | None]:
    rounds = session.reached[:number]
    design = session.scenario.reference_after(rounds)
    try:
        verdicts = session.judge(design, rounds)
    except Exception:  # the learner's own objects may not bear the reference's design
        return design, None
    return design, min(verdicts, key=lambda verdict: verdict.slack, default=None)
