"""What a move leads to, as data: verdicts, the outcome, where the play stands, and the whole of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from course.checking.report import Finding
from course.interview.scenario import Design, Metrics, Round, Slo

FAR = 10
"""A prediction that misses by more than this factor lacks a part of the problem, not a digit."""
REFERENCE = "reference"
"""What a move says of ``on`` that is measured on the course's implementation."""


class Status(StrEnum):
    """What became of a move; only ``HELD`` and ``BROKE`` were measured, and count."""

    HELD = "held"
    BROKE = "broke"
    FAULTED = "faulted"
    REFUSED = "refused"


@dataclass(frozen=True)
class Judgement:
    """One promise as it was judged: in which round, under which budget, and what was measured there, on how large a
    ``sample`` (0: none is stated)."""

    round: str
    slo: Slo
    measured: float
    sample: int = 0

    @property
    def held(self) -> bool:
        return self.slo.held(self.measured)

    @property
    def slack(self) -> float:
        """See :meth:`Slo.slack`."""
        return self.slo.slack(self.measured)


@dataclass(frozen=True)
class Outcome:
    """What one move led to. ``line`` is the interviewer's next: a probe, a new constraint, or why nothing was run.

    ``number`` is the round's place in the play, ``attempt`` counts measured moves in it from 1, ``measured`` holds all
    metrics of this round. ``finding`` says why a run of the learner's objects came to nothing. ``note`` stands where
    a repeated move came with another prediction. ``on_reference``: it was measured on the course's implementation,
    while the rest of the play is on the learner's own.
    """

    status: Status
    number: int
    round: Round
    line: str
    design: Design = field(default_factory=dict)
    predicted: float = math.nan
    measured: Metrics = field(default_factory=dict)
    verdicts: tuple[Judgement, ...] = ()
    attempt: int = 0
    finding: Finding | None = None
    note: str = ""
    on_reference: bool = False

    @property
    def passed(self) -> bool:
        return self.status is Status.HELD

    @property
    def counted(self) -> bool:
        """Whether anything was measured."""
        return self.status in (Status.HELD, Status.BROKE)

    @property
    def own(self) -> tuple[Judgement, ...]:
        """The verdicts of this round itself, without those of rounds passed before."""
        return tuple(verdict for verdict in self.verdicts if verdict.round == self.round.name)

    @property
    def broke(self) -> Judgement | None:
        """The verdict that broke first: see :func:`broken_first`."""
        return broken_first(self.verdicts)

    @property
    def broke_first(self) -> Slo | None:
        """The promise that broke first."""
        return self.broke.slo if self.broke else None

    @property
    def tightest(self) -> Judgement | None:
        """This round's tightest promise: see :func:`tightest`."""
        return tightest(self.own)

    @property
    def result(self) -> float:
        """What was measured of the metric that was predicted."""
        return self.measured.get(self.round.predicts, math.nan)

    @property
    def calibration(self) -> float | None:
        """log2(predicted / measured): 0 is exact, 1 twice too high. None where no ratio exists."""
        if not (self.predicted > 0 and 0 < self.result < math.inf):
            return None
        return math.log2(self.predicted) - math.log2(self.result)

    @property
    def far(self) -> bool:
        """Whether the prediction missed by more than :data:`FAR`."""
        return self.calibration is not None and abs(self.calibration) > math.log2(FAR)

    @property
    def move(self) -> dict[str, object]:
        """The move itself, as plain data for a file."""
        found = {"round": self.number, "design": dict(self.design), "predict": self.predicted}
        return found | ({"on": REFERENCE} if self.on_reference else {})


@dataclass(frozen=True)
class State:
    """Where the play stands: ``round`` is the current one (None at the end) at place ``number`` of ``total``."""

    number: int
    total: int
    round: Round | None
    passed: tuple[Round, ...]

    @property
    def done(self) -> bool:
        return self.round is None


@dataclass(frozen=True)
class Transcript:
    """A play: every measured outcome in order, and where it stands. ``refused`` are the lines of moves not counted."""

    scenario: str
    outcomes: tuple[Outcome, ...]
    state: State
    refused: tuple[str, ...] = field(default=(), compare=False)


def broken_first(verdicts: Sequence[Judgement]) -> Judgement | None:
    """What broke first: the least slack in the newest round with a broken promise. ``verdicts`` in order of play."""
    broken = [verdict for verdict in verdicts if not verdict.held]
    if not broken:
        return None
    return min(
        (verdict for verdict in broken if verdict.round == broken[-1].round),
        key=lambda verdict: verdict.slack,
    )


def tightest(verdicts: Sequence[Judgement]) -> Judgement | None:
    """The promise with the least slack. What stands exactly at its limit, as whole numbers do, says nothing about room, and
    is taken only where all do."""
    off = [verdict for verdict in verdicts if verdict.slack != 0]
    return min(off or verdicts, key=lambda verdict: verdict.slack, default=None)
