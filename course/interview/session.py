"""The interview as a state machine: a move is run, judged and answered. Nothing here is shown or stored.

The rules
- A move is ``{"round": 1, "design": {"servers": 4}, "predict": 120}``: plain data. Rounds come as they are listed.
- No finite prediction, no run. What is out of bounds, unknown or about another round than the current one is refused
  in a sentence and does not count. The same design in the same round is one move: its first prediction stands.
- A design is judged under the current round and under every round passed before, each at its own load. A budget that
  a later round relaxes gives way to that round's looser one for the metric, or lapses if it has none.
- What *broke first* is, in the newest round that has a broken promise, the promise with the least slack (the first
  listed where two are equal). Slack is room as a share of the limit: :meth:`Slo.slack`. It chooses the interviewer's
  question, and the drill card that follows the round.
- A round is passed when nothing breaks. It is closed then, and the next one opens.
- A move that says ``"on": "reference"`` is measured on the course's implementation. A screen offers it to one who is
  :attr:`Session.stuck`; such a move passes the round like any other, and is marked.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from course.checking.errors import NotPlain, SubjectError
from course.checking.port import subjects
from course.checking.report import Finding, cut, not_written
from course.interview.outcome import REFERENCE, Judgement, Outcome, State, Status, Transcript
from course.interview.rules import binding
from course.interview.scenario import Design, Metrics, Refused, Round, Scenario, Slo, Value, shown
from course.numbers import SHARE

STUCK = 3
"""Runs in one round that came to nothing or broke a promise, after which the course's implementation may stand in."""
MAX_MOVES = 200
"""Moves of one interview."""
CLOSING = "That was the last constraint. Tell me what you would measure in the first week, and what you still doubt."
"""What the interviewer says once every round is passed."""

Move = Mapping[str, object]


class NoMeasure(Exception):
    """A run gave no usable number for a metric that a round needs."""


class Session:
    """One interview on the learner's own ``objects`` (classes or functions), if the scenario is about some.
    ``reference`` are the course's, in the same order, for moves that say so.

    ``propose`` and ``play`` never raise, whatever the moves are and whatever the learner's objects do.
    """

    def __init__(self, scenario: Scenario, *objects: object, reference: Sequence[object] = ()) -> None:
        self.scenario = scenario
        self.subjects: tuple[Any, ...] = subjects(*objects)
        self.reference: tuple[Any, ...] = subjects(*reference)
        self.outcomes: list[Outcome] = []
        self.fault: Outcome | None = None
        """The latest run that came to nothing, until one is measured."""
        self.runs = 0
        """How often the scenario's measure was run."""
        self._passed = 0
        self._faults = 0
        self._memo: dict[tuple[bool, str, tuple[Value, ...]], dict[str, float]] = {}

    @property
    def state(self) -> State:
        rounds = self.scenario.rounds
        current = rounds[self._passed] if self._passed < len(rounds) else None
        return State(self._passed + 1, len(rounds), current, rounds[: self._passed])

    @property
    def reached(self) -> tuple[Round, ...]:
        """The rounds opened so far, in order."""
        return self.scenario.rounds[: self._passed + 1]

    @property
    def stuck(self) -> bool:
        """Whether the open round has failed :data:`STUCK` times on the learner's own objects, and a reference is there."""
        failed = sum(made.number == self._passed + 1 and not made.on_reference for made in self.outcomes)
        return bool(self.reference) and not self.state.done and failed + self._faults >= STUCK

    @property
    def breakable(self) -> dict[str, str]:
        """The metrics with a promise that binds now, this round's own first, with their names."""
        bound = [slo for _, slos in reversed(binding(self.reached)) for slo in slos]
        return {slo.metric: self.scenario.name(slo.metric) for slo in bound}

    @property
    def transcript(self) -> Transcript:
        return Transcript(self.scenario.id, tuple(self.outcomes), self.state)

    @property
    def printed(self) -> str:
        """What the learner's objects printed while they were measured."""
        return self.subjects[0]._port.printed if self.subjects else ""

    @property
    def crossings(self) -> int:
        """Messages to the learner's objects so far."""
        return self.subjects[0]._port.crossings if self.subjects else 0

    def play(self, moves: Iterable[object]) -> Transcript:
        """Propose each of ``moves`` in turn, and return the whole play so far."""
        made = [self.propose(move) for move in moves]
        refused = tuple(outcome.line for outcome in made if not outcome.counted)
        return replace(self.transcript, refused=refused)

    def propose(self, move: object) -> Outcome:
        """Run one move and answer it; see the module's rules."""
        state = self.state
        try:
            around = state.round or self.scenario.rounds[-1]
            number, design, predicted, on_reference = self._read(move, around)
            again = self._same(number, design, on_reference)
            if again is not None:
                return (
                    again if again.predicted == predicted else replace(again, note=_first_stands(predicted))
                )
            current = self._current(number)
            if len(self.outcomes) >= MAX_MOVES:
                raise Refused(
                    f"{MAX_MOVES} moves are played, the most that one interview keeps; begin anew without interview.json"
                )
        except Refused as refusal:
            around = state.round or self.scenario.rounds[-1]
            return Outcome(Status.REFUSED, min(state.number, state.total), around, str(refusal))
        attempt = 1 + sum(outcome.number == number for outcome in self.outcomes)
        outcome = Outcome(
            Status.BROKE, number, current, "", design, predicted, attempt=attempt, on_reference=on_reference
        )
        try:
            verdicts = self.judge(design, (*state.passed, current), on_reference=on_reference)
            found = self.measure(design, current, on_reference=on_reference)
            outcome = replace(outcome, verdicts=verdicts, measured=found)
        except Exception as error:
            self._faults += 1
            finding = fault(error, f"round {number} · {current.name}")
            self.fault = replace(
                outcome, status=Status.FAULTED, attempt=0, finding=finding, line=_say(error, finding)
            )
            return self.fault
        outcome = self._answer(outcome)
        self.fault = None
        self.outcomes.append(outcome)
        return outcome

    def _answer(self, outcome: Outcome) -> Outcome:
        """The outcome with its status and the interviewer's line; opens the next round where this one is passed."""
        if outcome.broke:
            return replace(outcome, line=self.probe(outcome.broke))
        self._passed, self._faults = self._passed + 1, 0
        following = self.state.round
        return replace(outcome, status=Status.HELD, line=following.line if following else CLOSING)

    def probe(self, broke: Judgement) -> str:
        """The interviewer's question to what broke first."""
        return self.scenario.probes.get(broke.slo.metric, "What broke, and why?")

    # ── measuring ───────────────────────────────────────────────────────────────────────────────────────

    def judge(
        self, design: Design, rounds: Sequence[Round], *, on_reference: bool = False
    ) -> tuple[Judgement, ...]:
        """Every promise that binds after ``rounds`` were played in this order, the last of them being the current.

        Raises whatever the run raises, and :class:`NoMeasure`.
        """
        verdicts = []
        for each, slos in binding(rounds):
            if slos:
                measured = self.measure(design, each, on_reference=on_reference)
                verdicts += [
                    Judgement(each.name, slo, measured[slo.metric], _sample(slo, measured)) for slo in slos
                ]
        return tuple(verdicts)

    def measure(self, design: Design, under: Round, *, on_reference: bool = False) -> dict[str, float]:
        """What ``design`` measures under one round; a load is run once a session. Raises as :meth:`judge` does."""
        key = (on_reference, repr(under.load), tuple(design.values()))
        if key not in self._memo:
            objects = self.reference if on_reference else self.subjects
            self.runs += 1
            found = self.scenario.run(dict(design), under, *objects)
            self._memo[key] = {name: _number(name, value) for name, value in found.items()}
        measured = self._memo[key]
        for metric in [*(slo.metric for slo in under.slos), under.predicts]:
            if metric not in measured:
                raise NoMeasure(f"run gave no number for {metric!r}")
        return dict(measured)

    # ── reading a move ──────────────────────────────────────────────────────────────────────────────────

    def read(self, move: object, number: int) -> dict[str, Value]:
        """The design of a move of round ``number``; raises :class:`Refused` where it is none that could be run."""
        return self._read(move, self.scenario.rounds[number - 1])[1]

    def _read(self, move: object, around: Round) -> tuple[int, dict[str, Value], float, bool]:
        if type(move) is not dict:
            raise Refused(f"a move has a round, a design and a prediction; this is {shown(move)}")
        for key in move:
            if key not in ("round", "design", "predict", "on"):
                raise Refused(f"a move has a round, a design and a prediction; {shown(key)} is none of them")
        number = move.get("round")
        if type(number) is not int:
            raise Refused(f"the round is {shown(number)}; say round={self.state.number}")
        on = move.get("on")
        if on is not None and (on != REFERENCE or not self.reference):
            raise Refused(f"a move is on {shown(on)}; leave it out, to be measured on your own code")
        predicted = self._prediction(move.get("predict"), around)
        return number, self.scenario.design(move.get("design")), predicted, on is not None

    def _prediction(self, value: object, around: Round) -> float:
        what = self.scenario.asked_for(around)
        if value is None or value is ...:
            raise Refused(f"no prediction, no run: say first what you expect of {what}, as predict=")
        try:
            number = float(value) if type(value) in (int, float) else math.nan  # type: ignore[arg-type]
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise Refused(f"predict is {shown(value)}; give a finite number: what you expect of {what}")
        if unlike := self.scenario.impossible(around, number):
            shares = ": 8 in a hundred is 0.08" if self.scenario.unit(around.predicts) == SHARE else ""
            raise Refused(f"{unlike}; give {what}{shares}")
        return number

    def _same(self, number: int, design: Design, on_reference: bool) -> Outcome | None:
        move = number, design, on_reference
        made = ((each, (each.number, each.design, each.on_reference)) for each in self.outcomes)
        return next((each for each, same in made if same == move), None)

    def _current(self, number: int) -> Round:
        state = self.state
        if state.round is None:
            raise Refused(f"all {state.total} rounds are passed: the interview is over")
        at = f"you are in round {state.number}, {state.round.name}"
        if 1 <= number < state.number:
            raise Refused(f"round {number} is passed and closed; {at}")
        if number != state.number:
            raise Refused(f"round {shown(number)} is not open; {at}")
        return state.round


def play_reference(session: Session) -> Transcript:
    """Play the reference's designs from where ``session`` stands, until the end or the first that does not hold.

    Its predictions are its own measurements: they say nothing about calibration.
    """
    while (current := session.state.round) is not None:
        design = session.scenario.design(session.scenario.reference(current))
        try:
            expected = session.measure(design, current)[current.predicts]
        except Exception:
            expected = math.nan  # the move below says why
        predict = expected if math.isfinite(expected) else 0.0
        if not session.propose({"round": session.state.number, "design": design, "predict": predict}).passed:
            break
    return session.transcript


def fault(error: Exception, case: str) -> Finding:
    """Why a run came to nothing, as a finding; learner's text in it is data."""
    match error:
        case SubjectError(unwritten=True):
            return not_written([error.function])
        case NotPlain():
            return Finding("wrong-type", f"{case}: {error.call or 'the result'}", error.wanted, error.got)
        case SubjectError():
            return Finding("raised", f"{case}: {error.call or 'a call'}", "no error", error.describe())
    return Finding(
        "no-measure",
        f"{case}: nothing could be measured",
        "a number for each metric",
        f"{type(error).__name__}: {cut(error, 200)}",
    )


def _say(error: Exception, finding: Finding) -> str:
    if isinstance(error, SubjectError) and error.unwritten:
        return f"{error.function} is not written yet: finish its exercise to play"
    return f"{finding.case}: expected {finding.expected}, got {finding.got}. Mend it and run the move again; it did not count"


def _first_stands(predicted: float) -> str:
    return f"This design was measured before: its first prediction stands, {predicted:g} came after it."


def _number(name: str, value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise NoMeasure(f"run gave {shown(value)} for {name!r}, which is no number") from None


def _sample(slo: Slo, measured: Metrics) -> int:
    """On how many the promise was measured; 0 where it does not say."""
    if isinstance(slo.of, int):
        return slo.of
    if slo.of not in measured:
        raise NoMeasure(f"{slo.metric!r} is measured on {slo.of!r}, and run gave no number for it")
    return int(measured[slo.of])
