"""An interview as data: its rounds, their budgets in numbers, and the one measure that every design is run under."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from course.interview import clock
from course.interview.before import MINUTES, Before
from course.interview.cards import Drill
from course.numbers import SHARE

Value = int | float | str
Design = Mapping[str, Value]
"""One value for each knob."""
Metrics = Mapping[str, float]
"""What one run measured; ``inf`` where something grows without bound."""


class Refused(ValueError):
    """A move that is not run: one sentence with the value, the limit and the way out."""


@dataclass(frozen=True)
class Slo:
    """One promise with its budget: ``metric`` at most (or at least) ``limit``, in ``unit``. ``label`` is for people.

    The unit of what lies between 0 and 1 is :data:`SHARE`. What is counted says on how many: ``of`` is that number, or
    the metric of the run that holds it. A measurement then stands with its interval (:func:`course.interview.words.interval`).
    """

    metric: str
    limit: float
    at_most: bool = True
    unit: str = ""
    label: str = ""
    of: int | str = 0

    @property
    def name(self) -> str:
        """The promise in words."""
        return self.label or self.metric

    def held(self, measured: float) -> bool:
        """Whether ``measured`` keeps the budget; the limit itself does, NaN never does."""
        return measured <= self.limit if self.at_most else measured >= self.limit

    def slack(self, measured: float) -> float:
        """Room that is left, as a share of the limit: negative exactly where the promise is broken.

        Where the limit is 0 it is the distance itself. NaN is −inf.
        """
        if math.isnan(measured):
            return -math.inf
        room = self.limit - measured if self.at_most else measured - self.limit
        return room / (abs(self.limit) or 1.0)


@dataclass(frozen=True)
class Knob:
    """One decision of the design, set by the learner.

    ``choices`` are the values to choose from, or ``(low, high, integer)``, known by the bool at its end: any number
    from ``low`` to ``high``, ends included, whole ones only where ``integer`` is true. ``grid`` are the values of such a
    range with which the rounds are proved (:mod:`course.interview.proof`).
    """

    name: str
    label: str
    choices: tuple[Value, ...]
    unit: str = ""
    default: Value = 0
    grid: tuple[Value, ...] = ()

    @property
    def span(self) -> tuple[float, float] | None:
        """Lowest and highest value of a range, None where the values are listed."""
        match self.choices:
            case (int() | float() as low, int() | float() as high, bool()):
                return low, high
        return None

    @property
    def integer(self) -> bool:
        """Whether a range holds whole numbers only."""
        return self.span is not None and bool(self.choices[2])

    @property
    def allowed(self) -> str:
        """The values in words."""
        if self.span is None:
            return "one of " + ", ".join(repr(choice) for choice in self.choices)
        kind = "a whole number" if self.integer else "a number"
        return f"{kind} from {self.span[0]:g} to {self.span[1]:g}"

    def read(self, value: object) -> Value:
        """``value`` in this knob's own type; raises :class:`Refused` where it is none of its values."""
        if type(value) in (int, float, str):
            if self.span is None:
                for choice in self.choices:
                    if (type(value) is str) == (type(choice) is str) and value == choice:
                        return choice
            elif type(value) is not str and self.span[0] <= value <= self.span[1]:  # type: ignore[operator]
                number = float(value)  # type: ignore[arg-type]
                if not self.integer:
                    return number
                if number.is_integer():
                    return int(number)
        raise Refused(f"{self.name} is {shown(value)}; give it {self.allowed}")


@dataclass(frozen=True)
class Replies:
    """What a weak, a good and a strong spoken reply to a round contains; shown once the round is passed."""

    weak: str
    good: str
    strong: str


@dataclass(frozen=True)
class Round:
    """One constraint: ``line`` is what the interviewer says, ``load`` what the run is put under, ``slos`` the budget.

    ``presses`` is the metric by which the design of the round before fails; ``predicts`` the one to predict before each
    run. Tighter budgets of earlier rounds for the metrics in ``relaxes`` no longer bind: this round's budget for them
    takes their place, and without one they lapse. What a round gives back it says in ``relaxes``, and takes elsewhere.
    """

    name: str
    line: str
    load: Mapping[str, float | str]
    slos: tuple[Slo, ...]
    presses: str
    predicts: str
    replies: Replies
    relaxes: tuple[str, ...] = ()

    def budget(self, metric: str) -> Slo | None:
        """This round's promise about ``metric``."""
        return next((slo for slo in self.slos if slo.metric == metric), None)


@dataclass(frozen=True, kw_only=True)
class Naive:
    """The obvious answer that must fail: at round ``fails_round`` (its name), breaking ``fails_metric`` first.

    ``design`` is played in every round; without one the reference's designs are. ``objects`` stand in place of the
    learner's own.
    """

    fails_round: str
    fails_metric: str
    design: Design | None = None
    objects: tuple[object, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """A whole interview. ``id`` is the day (``day04``); ``opening`` the prompt; ``clarify`` questions with answers.

    ``run(design, round, *objects)`` measures a design, on the learner's own objects where the day has some (each a
    :class:`~course.checking.subject.Subject`): deterministic, a number for each metric, within about 100 ms. ``probes`` maps
    a metric to the interviewer's question when its budget broke first; ``reference(round)`` is a design that holds in
    ``round`` and in what still binds of those listed before it. Rounds come in the order in which they are listed.
    ``before`` is what is asked before the knobs, ``drills`` the cards that interrupt after a round.
    ``mock`` marks a longer round of its own. ``safety`` are the metrics that promise safety, among those with a
    budget: the scorecard says which mechanism held them.
    """

    id: str
    title: str
    opening: str
    knobs: tuple[Knob, ...]
    rounds: tuple[Round, ...]
    run: Callable[..., Metrics]
    probes: Mapping[str, str]
    reference: Callable[[Round], Design]
    naive: Naive
    clarify: tuple[tuple[str, str], ...] = ()
    before: Before | None = None
    drills: tuple[Drill, ...] = ()
    mock: bool = False
    safety: tuple[str, ...] = ()

    def promise(self, metric: str) -> Slo | None:
        """The first budget about ``metric`` in any round, for its label and unit."""
        return next((slo for each in self.rounds if (slo := each.budget(metric))), None)

    def name(self, metric: str) -> str:
        """``metric`` in words."""
        promise = self.promise(metric)
        return promise.name if promise else metric

    def unit(self, metric: str) -> str:
        """The unit of ``metric``."""
        promise = self.promise(metric)
        return promise.unit if promise else ""

    def asked_for(self, under: Round) -> str:
        """What is to be predicted in a round, with its unit."""
        unit, name = self.unit(under.predicts), self.name(under.predicts)
        if unit == SHARE:
            return f"{name}, {'' if name.startswith('share') else 'a share '}from 0 to 1"
        return name if unit in ("", "×") else f"{name} in {unit}"

    def impossible(self, under: Round, number: float) -> str:
        """Why what a round asks for cannot be ``number``, "" where it can: nothing that is measured is under 0, a share is
        at most 1, and what is counted in percent at most 100."""
        most = {SHARE: 1.0, "%": 100.0}.get(self.unit(under.predicts), math.inf)
        if 0 <= number <= most:
            return ""
        return f"{number:g} is {'under 0' if number < 0 else f'over {most:g}'}, which {self.name(under.predicts)} cannot be"

    def design(self, values: object) -> dict[str, Value]:
        """``values`` as a whole design: knobs in order, defaults where one is left out. Raises :class:`Refused`."""
        if not isinstance(values, Mapping):
            raise Refused(f"the design is {shown(values)}; give a value for each knob: {self._names}")
        for name in values:
            if name not in [knob.name for knob in self.knobs]:
                raise Refused(f"there is no knob {shown(name)}; the knobs are {self._names}")
        return {knob.name: knob.read(values.get(knob.name, knob.default)) for knob in self.knobs}

    @property
    def minutes(self) -> int:
        """Minutes for the four fields before the knobs."""
        return clock.BEFORE if self.mock else MINUTES

    @property
    def _names(self) -> str:
        return ", ".join(knob.name for knob in self.knobs)


def shown(value: object) -> str:
    """``value`` for a sentence, short, whatever it is."""
    if type(value) is str:
        return repr(value if len(value) <= 40 else value[:39] + "…")
    if type(value) is int:
        return str(value) if value.bit_length() <= 128 else f"a whole number of {value.bit_length()} bits"
    if value is None or type(value) in (bool, float):
        return repr(value)
    return "still ..." if value is ... else f"a {type(value).__name__}"
