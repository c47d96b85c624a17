"""What a player writes beside the moves: the plan before the knobs, and answers to drill cards. Both are kept in notes."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from course.checking.plain import simplify
from course.checking.report import cut
from course.files import kept_in_memory
from course.interview.before import Plan
from course.interview.cards import Answer, Complexity, Drill, Tenfold
from course.interview.drills import drawn, judged
from course.interview.outcome import Outcome
from course.interview.said import MAX_TEXT, NOTHING
from course.interview.scenario import Scenario, shown
from course.interview.session import Session
from course.notebook.screens.notes import NotesFile


class PlanDesk:
    """The four fields before the knobs. ``now`` gives the time in seconds of the epoch."""

    def __init__(self, scenario: Scenario, notes: NotesFile, now: Callable[[], float]) -> None:
        self.scenario, self.notes, self.now = scenario, notes, now

    @property
    def plan(self) -> Plan:
        return self.notes.now.plan

    def waits(self, session: Session) -> bool:
        """Whether the knobs are still locked: there is a part before them that is neither locked nor skipped.

        A play that began without it goes on without it, and where a grader or a gate runs nobody writes one.
        """
        wanted = self.scenario.before is not None and not self.plan.done
        return wanted and not kept_in_memory() and not session.outcomes

    def write(self, **fields: object) -> None:
        """Write what is given of the four fields; the first of it starts the clock. Raises ValueError with a sentence."""
        given = {name: value for name, value in fields.items() if value is not None and value is not ...}
        if "estimates" in given:
            given["estimates"] = self._estimates(given["estimates"])
        for name in given.keys() - {"estimates"}:
            if not isinstance(given[name], str):
                raise ValueError(f"{name} is {shown(given[name])}; give it text")
            given[name] = cut(given[name], MAX_TEXT)

        def changed(plan: Plan) -> Plan:
            since = plan.since if plan.since is not None else self.now()
            return replace(plan, since=since, **given)  # type: ignore[arg-type]

        self.notes.plan(changed)

    def _estimates(self, given: object) -> dict[str, float]:
        names = [each.name for each in self.scenario.before.estimates] if self.scenario.before else []
        if not isinstance(given, Mapping):
            raise ValueError(
                f"estimates is {shown(given)}; give a number for each of {', '.join(map(repr, names))}"
            )
        found = {}
        for name, value in given.items():
            number = simplify(value)
            if name not in names:
                raise ValueError(
                    f"there is no estimate {shown(name)}; they are {', '.join(map(repr, names))}"
                )
            if number is None or number is ...:
                continue
            if type(number) not in (int, float) or not 0 < number < math.inf:
                raise ValueError(f"{name} is {shown(number)}; give a number above 0")
            found[name] = float(number)
        return {**self.plan.estimates, **found}

    def settle(self, state: str) -> None:
        """Lock or skip what stands before the knobs, with the time that it took."""
        self.notes.plan(
            lambda plan: replace(
                plan,
                state=state,
                seconds=max(0.0, self.now() - plan.since) if plan.since is not None else 0.0,
            )
        )


class DrillDesk:
    """The drill card that waits for its answer in ``session()``."""

    def __init__(self, session: Callable[[], Session], notes: NotesFile, now: Callable[[], float]) -> None:
        self.session, self.notes, self.now = session, notes, now
        self._dealt = 0, 0.0
        """The round that was passed last at this desk, and when."""

    def heard(self, outcome: Outcome) -> None:
        """A card is dealt with each passed round."""
        if outcome.passed:
            self._dealt = outcome.number, self.now()

    @property
    def card(self) -> tuple[int, Drill] | None:
        """The drill card that waits for its answer, with the number of the round before it: that of the round passed
        last."""
        passed = self.session().state.passed
        drill = drawn(self.session()).get(len(passed))
        return None if drill is None or passed[-1].name in self.notes.now.drills else (len(passed), drill)

    @property
    def elapsed(self) -> float | None:
        """Seconds since the card was dealt here; None where another kernel dealt it."""
        at, since = self._dealt
        return max(0.0, self.now() - since) if at == len(self.session().state.passed) else None

    def latest(self, session: Session) -> tuple[int, Drill, Answer] | None:
        """The card after the round passed last with its answer; None where it is not answered."""
        passed = session.state.passed
        drill = drawn(session).get(len(passed))
        kept = self.notes.now.drills.get(passed[-1].name) if passed else None
        return (len(passed), drill, kept) if drill and kept else None

    def read(self, drill: Drill, text: object, exponents: object, breaks: object) -> Answer:
        """An answer to a card, as data. Raises ValueError with a sentence."""
        words = text if isinstance(text, str) else ""
        numbers: tuple[float, ...] = ()
        if isinstance(drill, Complexity):
            given = simplify(exponents)
            found = list(given) if isinstance(given, tuple | list) else []
            numbers = tuple(
                float(each) for each in found if type(each) in (int, float) and math.isfinite(each)
            )
            if len(numbers) != 2 or len(found) != 2:
                raise ValueError(f"exponents is {shown(exponents)}; give two numbers, before and after")
        metric = ""
        if isinstance(drill, Tenfold):
            number = len(self.session().state.passed)
            may = [*(slo.metric for slo in self.session().scenario.rounds[number - 1].slos), NOTHING]
            if breaks not in may:
                raise ValueError(f"breaks is {shown(breaks)}; give it one of {', '.join(map(repr, may))}")
            metric = str(breaks)
        if not words.strip() and not numbers and not metric:
            raise ValueError("say it in words first")
        return Answer(drill.ask, cut(words, MAX_TEXT), numbers, metric)

    def answer(self, given: Answer) -> Answer:
        """Keep the answer to the card that waits, with what it met and the time since the round was passed here."""
        assert self.card is not None
        number, drill = self.card
        passing = next(made for made in self.session().outcomes if made.number == number and made.passed)
        timed = replace(given, seconds=self.elapsed or 0.0)
        try:
            kept = judged(drill, timed, self.session(), passing)
        except Exception as error:
            kept = replace(timed, met=(f"It could not be run on your code: {cut(error, 200)}",))
        self.notes.drill(passing.round.name, kept)
        return self.notes.now.drills[passing.round.name]
