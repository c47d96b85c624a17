"""What a play shows about its player: only what was done and measured. Nothing here scores words."""

import itertools
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from course.interview.before import LOCKED, SKIPPED, Compared, compare, covered, read_data
from course.interview.outcome import Judgement, Outcome, tightest
from course.interview.said import NO_NOTES, Notes, Said
from course.interview.scenario import Design, Round
from course.interview.session import Session
from course.interview.words import change, factor, limit, listed, measured, plural

CLOSE = 1.25
"""A prediction within this factor is close."""
SPOKEN = 25
"""Words of an answer that says something."""


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
    its_tightest: Judgement | None


@dataclass(frozen=True)
class Trait:
    """Something that the real interview looks for, and what in this play showed it, a sentence each."""

    name: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Dimension:
    """What interviewers report, 0 to 2, in a mock: a point for each of two ``deeds``, which are sentences with whether it
    was done. Words are not scored."""

    name: str
    deeds: tuple[tuple[str, bool], ...]

    @property
    def points(self) -> int:
        return sum(done for _, done in self.deeds)


@dataclass(frozen=True)
class Scorecard:
    """The rounds reached, the traits shown, and how far predictions were off: log2(predicted / measured) of each that
    has a ratio; one that repeats the limit is left out. A mock has its ``dimensions``."""

    rounds: tuple[RoundScore, ...]
    misses: tuple[float, ...]
    traits: tuple[Trait, ...]
    dimensions: tuple["Dimension", ...] = ()

    @property
    def first_try(self) -> int:
        """Rounds passed by their first measured move."""
        return sum(each.passing is not None and each.attempts == 1 for each in self.rounds)

    @property
    def typical_miss(self) -> float | None:
        """The factor that half of the predictions are within, at least 1; None without any."""
        return typical(self.misses)


def typical(misses: Sequence[float]) -> float | None:
    """The factor that half of ``misses`` (log ratios) are within; None without any."""
    return float(2 ** min(60.0, statistics.median(map(abs, misses)))) if misses else None


def scorecard(session: Session, notes: Notes = NO_NOTES) -> Scorecard:
    """The scorecard of the play so far. Measures the reference's designs on the session's own objects."""
    rounds = []
    for number, reached in enumerate(session.reached, start=1):
        made = [outcome for outcome in session.outcomes if outcome.number == number]
        rounds.append(
            RoundScore(
                number,
                reached,
                len(made),
                tuple(outcome.broke_first.name for outcome in made if outcome.broke_first),
                next((outcome for outcome in made if outcome.passed), None),
                *_reference(session, number),
            )
        )
    measured_on = dimensions(session, notes) if session.scenario.mock else ()
    return Scorecard(tuple(rounds), _misses(session.outcomes), traits(session, notes), measured_on)


def traits(session: Session, notes: Notes) -> tuple[Trait, ...]:
    """What the interview looks for, each with what was done or measured in this play."""
    said = [(outcome, notes.said(outcome)) for outcome in session.outcomes]
    found = [
        Trait("evolves the design", tuple(_evolves(session))),
        Trait("names what breaks first, before being told", (_foresees(said),)),
        Trait("quantifies", (_quantifies(session.outcomes),)),
        Trait("states uncertainty", (_doubts(said),)),
        Trait("safety as a mechanism", tuple(_safety(session))),
    ]
    if session.scenario.clarify:
        found.insert(0, Trait("clarifies first", (_clarifies(session, notes),)))
    if session.scenario.before is not None:
        found.insert(0, Trait("designs before it measures", tuple(_before(session, notes))))
    if session.scenario.drills:
        found.append(Trait("goes into one part", tuple(_drilled(session, notes))))
    return tuple(found)


def plan_of(session: Session, notes: Notes) -> Compared | None:
    """The plan before the knobs beside the reference's; None where there is none to compare."""
    before = session.scenario.before
    if before is None or notes.plan.state != LOCKED:
        return None
    return compare(notes.plan, before, session.scenario.clarify)


def _before(session: Session, notes: Notes) -> Iterator[str]:
    compared = plan_of(session, notes)
    if compared is None:
        yield "Skipped." if notes.plan.state == SKIPPED else "Not written."
        return
    minutes, seconds = divmod(round(notes.plan.seconds), 60)
    clock = f" in {minutes}:{seconds:02d}" if notes.plan.seconds else ""
    yield f"Four fields{clock}; {compared.right} of {len(compared.guesses)} estimates right."
    yield f"{plural(len(compared.remarks), 'remark')} on interface, data and path."


def _drilled(session: Session, notes: Notes) -> Iterator[str]:
    passed = [each.name for each in session.state.passed]
    answers = [notes.drills[name] for name in passed if name in notes.drills]
    run = [answer for answer in answers if answer.right is not None]
    yield f"{len(answers)} of {plural(min(len(passed), len(session.scenario.drills)), 'card')} answered."
    if run:
        yield f"{sum(answer.right is True for answer in run)} of {len(run)} that were run came as said."


def dimensions(session: Session, notes: Notes) -> tuple[Dimension, ...]:
    """The five dimensions that interviewers report, and safety: a point for each of two deeds."""
    compared, scenario, outcomes = plan_of(session, notes), session.scenario, session.outcomes
    passing = [outcome for outcome in outcomes if outcome.passed]
    said = [(outcome, notes.said(outcome)) for outcome in outcomes]
    named = [outcome for outcome, each in said if each.breaks and each.foresaw(outcome)]
    calls = read_data(notes.plan.data).calls if compared else ()
    asked = {each.question for each in notes.asked if each.after == 0}
    if compared:
        asked |= {question for question, _, line in compared.asked if line}
    first = [made for made in passing if made.attempt <= 2]
    half = typical(_misses(outcomes))
    kept = [
        verdict for made in passing[-1:] for verdict in made.verdicts if verdict.slo.metric in scenario.safety
    ]
    undone = [made for made in outcomes if made.broke and made.broke.slo.metric in scenario.safety]
    spoken = [each for each in scenario.rounds if len(notes.answers.get(each.name, "").split()) >= SPOKEN]
    answered = [answer for answer in notes.drills.values() if answer.text.strip()]
    found = [
        Dimension(
            "abstraction",
            (
                ("Interface and path were written before the knobs.", bool(compared and calls)),
                (
                    "They fit together: every fact stored, keyed, known where it is used.",
                    bool(compared and not compared.remarks),
                ),
            ),
        ),
        Dimension(
            "trade-off",
            (
                ("Every constraint was met.", session.state.done),
                (
                    "At least half of them within two runs.",
                    bool(passing) and 2 * len(first) >= len(scenario.rounds),
                ),
            ),
        ),
        Dimension(
            "failure modes",
            (
                (
                    "What breaks first was said, rightly, in half of the runs.",
                    bool(outcomes) and 2 * len(named) >= len(outcomes),
                ),
                (
                    "Half of the drill cards were answered in words.",
                    2 * len(answered) >= min(len(scenario.drills), len(scenario.rounds)) > 0,
                ),
            ),
        ),
        Dimension(
            "scale",
            (
                ("Two of three estimates were right.", bool(compared and compared.right >= 2)),
                (f"Half of the predictions came within {factor(CLOSE)}.", half is not None and half <= CLOSE),
            ),
        ),
        Dimension(
            "leading the conversation",
            (
                (
                    "Half of the clarifying questions were asked before the first run.",
                    bool(asked) and 2 * len(asked) >= len(scenario.clarify),
                ),
                (
                    f"Half of the rounds have a spoken answer of {SPOKEN} words.",
                    2 * len(spoken) >= len(scenario.rounds),
                ),
            ),
        ),
    ]
    if scenario.safety:
        found.append(
            Dimension(
                "safety",
                (
                    (
                        "The last design keeps every promise about safety.",
                        bool(kept) and session.state.done and all(v.held for v in kept),
                    ),
                    (
                        "No run broke one more than once.",
                        session.state.done and len(undone) <= len(scenario.safety),
                    ),
                ),
            )
        )
    return tuple(found)


def _clarifies(session: Session, notes: Notes) -> str:
    there = [question for question, _ in session.scenario.clarify]
    asked = {each.question: each.after == 0 for each in notes.asked if each.question in there}
    asked |= {
        question: True
        for question, line in zip(there, covered(notes.plan.clarify, session.scenario.clarify), strict=True)
        if line and notes.plan.state == LOCKED
    }
    if not asked:
        return f"None of {plural(len(there), 'question')} asked; in text play they stand answered under the prompt."
    return (
        f"{len(asked)} of {len(there)} questions asked, {sum(asked.values())} of them before the first run."
    )


def _evolves(session: Session) -> Iterator[str]:
    passing = [outcome for outcome in session.outcomes if outcome.passed]
    if len(passing) < 2:
        yield "Shown from the second round on."
        return
    changed = 0
    for before, after in itertools.pairwise(passing):
        moves = change(before.design, after.design)
        changed += bool(moves)
        if moves:
            broke = next((made.broke_first for made in session.outcomes if made.number == after.number), None)
            why = f", after {broke.name} broke" if broke else ", before anything broke"
            yield f"{after.round.name}: {moves}{why}."
    kept = len(passing) - 1 - changed
    if kept:
        yield f"{plural(kept, 'constraint')} met by the design as it stood."
    undone = [made for made in session.outcomes if made.broke and made.broke.round != made.round.name]
    if undone:
        yield f"{plural(len(undone), 'run')} broke a promise of an earlier round."


def _foresees(said: Sequence[tuple[Outcome, Said]]) -> str:
    named = [(outcome, each) for outcome, each in said if each.breaks]
    if not named:
        return "Never said before a run. Say what will break first, or that nothing will."
    right = sum(each.foresaw(outcome) for outcome, each in named)
    return f"Said before {len(named)} of {plural(len(said), 'run')}, right in {right}."


def _quantifies(outcomes: Sequence[Outcome]) -> str:
    misses = _misses(outcomes)
    half = typical(misses)
    copied = sum(map(_copied, outcomes))
    told = f"{plural(copied, 'prediction')} repeated the limit and not counted. " if copied else ""
    if half is None:
        return f"{told}No {'other ' if copied else ''}prediction has a ratio to its measurement."
    close = sum(2 ** abs(miss) <= CLOSE for miss in misses)
    text = f"{told}Half of {plural(len(misses), 'prediction')} within {factor(half)}; {close} within {factor(CLOSE)}."
    if len(misses) < 6:
        return text
    middle = len(misses) // 2
    early, late = typical(misses[:middle]), typical(misses[middle:])
    return f"{text} First half within {factor(early or 1)}, second within {factor(late or 1)}."


def _doubts(said: Sequence[tuple[Outcome, Said]]) -> str:
    ranged = [(outcome, each) for outcome, each in said if each.give_or_take is not None]
    if not ranged:
        return "No prediction came with its give or take."
    covered = sum(each.covers(outcome) for outcome, each in ranged)
    return f"An interval with {len(ranged)} of {plural(len(said), 'prediction')}; it held the measurement in {covered}."


def _safety(session: Session) -> Iterator[str]:
    scenario = session.scenario
    if not scenario.safety:
        yield "No promise of this interview is about safety."
        return
    passing = [outcome for outcome in session.outcomes if outcome.passed]
    for metric in scenario.safety:
        held = [
            (outcome, verdict)
            for outcome in passing
            for verdict in outcome.own
            if verdict.slo.metric == metric
        ]
        if held:
            outcome, verdict = held[-1]
            design = listed(scenario, outcome.design)
            yield f"{verdict.slo.name} {measured(verdict)} against {limit(verdict.slo)} in {outcome.round.name}, by {design}."
        else:
            yield f"{scenario.name(metric)}: not held yet."


def _misses(outcomes: Sequence[Outcome]) -> tuple[float, ...]:
    own = [outcome for outcome in outcomes if not _copied(outcome)]
    return tuple(miss for outcome in own if (miss := outcome.calibration) is not None)


def _copied(outcome: Outcome) -> bool:
    """Whether the prediction is the limit of the promise that was to be predicted: a good design comes near its limit, and
    who repeats the limit has estimated nothing."""
    promised = [verdict.slo for verdict in outcome.own if verdict.slo.metric == outcome.round.predicts]
    return any(slo.limit == outcome.predicted != 0 for slo in promised)


def _reference(session: Session, number: int) -> tuple[Design, Judgement | None]:
    rounds = session.reached[:number]
    design = session.scenario.design(session.scenario.reference(rounds[-1]))
    try:
        verdicts = session.judge(design, rounds)
    except Exception:  # the learner's own objects may not bear the reference's design
        return design, None
    return design, tightest(verdicts)
