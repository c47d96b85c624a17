"""What is shown of an interview: one function for each thing, which says it in blocks."""

import inspect
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Literal

from course.interview.outcome import FAR, Judgement, Outcome, Status, tightest
from course.interview.rules import binding
from course.interview.said import NOTHING, UNSAID, Notes, Said
from course.interview.scenario import Knob, Replies, Scenario
from course.interview.scorecard import Scorecard
from course.interview.scorecard import scorecard as scored
from course.interview.session import CLOSING, Session
from course.interview.words import factor, limit, listed, measured, percent, plural, sampled
from course.notebook.screens.blocks import (
    YOU,
    Block,
    Code,
    Figures,
    Fold,
    Grid,
    Heading,
    Headline,
    Mark,
    Promise,
    Promises,
    Says,
    Step,
    Steps,
    Text,
)
from course.numbers import number

FAR_OUTSIDE = f"Far outside: your prediction missed by more than a factor of {FAR}. Before the next run, find what you left out."
ON_REFERENCE = "measured on the course's implementation"

# ── the talk ────────────────────────────────────────────────────────────────────────────────────────────────


def steps(session: Session) -> Steps:
    """The rounds: those passed, the open one, and those to come without their names."""
    stages = []
    for at in range(1, session.state.total + 1):
        name = session.reached[at - 1].name if at <= len(session.reached) else ""
        tries = sum(outcome.number == at for outcome in session.outcomes)
        state: Literal["passed", "now", "to come"]
        if at < session.state.number:
            state, how = "passed", f"passed on attempt {tries}"
        elif at == session.state.number:
            state, how = "now", f"open after {plural(tries, 'attempt')}" if tries else "open"
        else:
            state, how = "to come", ""
        stages.append(Step(name, state, how))
    return Steps(tuple(stages))


def opening(scenario: Scenario, notes: Notes) -> list[Block]:
    """The prompt, and the questions that were asked with their answers."""
    answers = dict(scenario.clarify)
    talk: list[Block] = [Says(scenario.opening)]
    for asked in notes.asked:
        if asked.question in answers:
            talk += [Says(asked.question, who=YOU), Says(answers[asked.question])]
    return talk


def before(session: Session, notes: Notes) -> list[Block]:
    """The talk up to the last run: the prompt, and a constraint that is still open after it."""
    talk = opening(session.scenario, notes)
    if not session.outcomes:
        return talk
    current = session.state.round
    again = [Says(current.line)] if current and _probed(session) else []
    return [Fold("The prompt", tuple(talk), unfolded="nothing"), *again]


def latest(session: Session) -> Says:
    """What the interviewer says now: a constraint, the probe that a broken promise earned, or the closing."""
    current = session.state.round
    text = session.outcomes[-1].line if _probed(session) else current.line if current else CLOSING
    return Says(text, latest=True)


def replies(said: Replies) -> Fold:
    """What a weak, a good and a strong reply contains."""
    kinds = (("weak", said.weak), ("good", said.good), ("strong", said.strong))
    return Fold("What a reply to this round contains", tuple(Text(text, lead=kind) for kind, text in kinds))


# ── the open round ──────────────────────────────────────────────────────────────────────────────────────────


def budget(session: Session, beside: Outcome | None = None) -> list[Block]:
    """The open round's budget in numbers, and the budgets of passed rounds that still bind; nothing at the end.

    What ``beside`` measured stands in columns of its own.
    """
    state, scenario = session.state, session.scenario
    if state.round is None:
        return []
    *earlier, (_, own) = binding((*state.passed, state.round))
    was = {verdict.slo: verdict for verdict in beside.own} if beside else {}
    rows = []
    for slo in own:
        then = (measured(was[slo]), percent(was[slo].slack)) if was else ()
        rows.append((slo.name, limit(slo), *then))
    head = ("promise", "budget", "last attempt", "slack") if was else ("", "")
    shown: list[Block] = [
        Heading(f"Budget of round {state.number}"),
        Grid(head, tuple(rows), frozenset({1, 2, 3})),
    ]
    if state.round.relaxes:
        names = " and ".join(scenario.name(metric) for metric in state.round.relaxes)
        shown.append(Text(f"Earlier budgets for {names} no longer bind.", quiet=True))
    if earlier:
        lines = []
        for passed, slos in earlier:
            promises = ", ".join(f"{slo.name} {limit(slo)}" for slo in slos) or "nothing"
            lines.append(f"{place(session, passed.name)}: {promises}")
        summary = "Still binding, each under the load of its own round"
        shown.append(Fold(summary, (Text("\n".join(lines)),)))
    return shown


def whose(objects: Sequence[object], names: Mapping[str, object]) -> list[Block]:
    """Whose code is measured. ``names`` are the notebook's own: an object that was defined anew since is said."""
    shown: list[Block] = [Heading("Your design")]
    if not objects:
        return shown
    called = [str(getattr(thing, "__name__", type(thing).__name__)) for thing in objects]
    owners = ["the course's" if _is_ours(thing) else "your" for thing in objects]
    whole = " and ".join(f"{owner} {name}" for owner, name in zip(owners, called, strict=True))
    shown.append(Text(f"measured on {whole}", quiet=True))
    newer = [
        name
        for name, thing in zip(called, objects, strict=True)
        if name in names and names[name] is not thing and _defined(names[name])
    ]
    if newer:
        again = f"{' and '.join(newer)} was defined anew since: run this cell again to play on it."
        shown.append(Text(again, strong=True))
    return shown


def knobs(scenario: Scenario) -> Grid:
    """The decisions of a design, each with its values."""
    rows = tuple((knob.name, knob.label, _values(knob), str(knob.default)) for knob in scenario.knobs)
    return Grid(("knob", "what it sets", "values", "if left out"), rows)


def about(scenario: Scenario, silent: str) -> Fold:
    """What counts, where it is kept, and whether the voice is on (``silent`` says why not)."""
    call = ", ".join(f"{knob.name}=…" for knob in scenario.knobs)
    return Fold(
        "How this is played",
        (
            Text(
                "A round is passed when every promise holds, those of passed rounds too. Passed rounds are what counts; "
                "predictions, what you say, notes and the clock are shown on the scorecard and graded by nobody."
            ),
            Text(
                "Your moves are in interview.json beside this notebook, and what you say in interview-notes.json. "
                "Without the widget, play by lines:"
            ),
            Code(f"table.propose(round=1, {call}, predict=…)"),
            Text(f"Claude as the interviewer's voice is {silent or 'on: it speaks when you ask it to'}."),
        ),
    )


# ── a run ───────────────────────────────────────────────────────────────────────────────────────────────────


def where(outcome: Outcome) -> str:
    """The round of a run, and which attempt it was."""
    attempt = f", attempt {outcome.attempt}" if outcome.counted else ""
    return f"Round {outcome.number} · {outcome.round.name}{attempt}"


def headline(outcome: Outcome) -> Headline:
    """How a run came out, in a word."""
    badge = {Status.HELD: "HELD", Status.BROKE: "BROKE"}.get(outcome.status, "NOT MEASURED")
    return Headline(badge, where(outcome), outcome.passed)


def result(outcome: Outcome, session: Session, said: Said = UNSAID, printed: str = "") -> list[Block]:
    """What a run led to: what broke first, prediction beside measurement, the judgement, and what it earns.

    ``said`` was said before the run; ``printed`` is what the learner's objects printed in it.
    """
    output: list[Block] = [Fold("Your code printed", (Code(printed),))] if printed else []
    if not outcome.counted:
        return [Text(outcome.line, strong=outcome.status is Status.FAULTED), *output]
    scenario = session.scenario
    shown: list[Block] = []
    if outcome.broke:
        shown.append(Text(f"What broke first: {_broken(outcome.broke, outcome, session)}.", strong=True))
    shown.append(prediction(outcome, scenario))
    lines = [listed(scenario, outcome.design), *_aside(outcome, said, scenario)]
    if outcome.on_reference:
        lines.append(ON_REFERENCE)
    shown.append(Text("\n".join(lines), quiet=True))
    if outcome.far:
        shown.append(Text(FAR_OUTSIDE, strong=True))
    if outcome.note:
        shown.append(Text(outcome.note, strong=True))
    shown += judgement(outcome, session, said)
    if outcome.tightest and not outcome.broke:
        shown.append(Text(_pressed(outcome.tightest, outcome, session)))
    if outcome.passed:
        shown.append(replies(outcome.round.replies))
    return [*shown, *output]


def prediction(outcome: Outcome, scenario: Scenario) -> Figures:
    """What was predicted beside what was measured, and by how much it missed."""
    metric = outcome.round.predicts
    unit = scenario.unit(metric)
    figures = [
        ("predicted", number(outcome.predicted, unit)),
        ("measured", number(outcome.result, unit)),
        *_miss(outcome),
    ]
    return Figures(scenario.name(metric), tuple(figures))


def judgement(outcome: Outcome, session: Session, said: Said = UNSAID) -> list[Block]:
    """This round's promises and the broken ones of earlier rounds, beside the run before; then the earlier ones that
    hold, folded."""
    ran = [made.move for made in session.outcomes]
    at = ran.index(outcome.move) if outcome.move in ran else 0
    was = {_about(verdict): verdict for verdict in session.outcomes[at - 1].verdicts} if at else {}
    earlier = [verdict for verdict in outcome.verdicts if verdict.round != outcome.round.name]
    held = [verdict for verdict in earlier if verdict.held]
    broken = [verdict for verdict in earlier if not verdict.held]

    def judged(verdicts: Iterable[Judgement]) -> tuple[Promise, ...]:
        return tuple(
            _promise(verdict, was.get(_about(verdict)), outcome, session, said) for verdict in verdicts
        )

    shown: list[Block] = [Promises(judged([*outcome.own, *broken]))]
    if held:
        least = tightest(held) or held[0]
        count = (
            "1 promise of earlier rounds holds"
            if len(held) == 1
            else f"{len(held)} promises of earlier rounds hold"
        )
        summary = (
            f"{count}; least slack: {least.slo.name} in {place(session, least.round)}, {percent(least.slack)}"
        )
        shown.append(Fold(summary, (Promises(judged(held), legend=False),), unfolded="summary"))
    return shown


def history(session: Session, notes: Notes) -> list[Block]:
    """The runs so far, a line for each, folded; nothing before the first."""
    scenario, rows = session.scenario, []
    for outcome in session.outcomes:
        unit = scenario.unit(outcome.round.predicts)
        breaks = notes.said(outcome).breaks
        rows.append(
            (
                place(session, outcome.round.name),
                listed(scenario, outcome.design),
                number(outcome.predicted, unit),
                number(outcome.result, unit),
                breaks if breaks in ("", NOTHING) else scenario.name(breaks),
                f"{outcome.broke_first.name} broke first" if outcome.broke_first else "held",
            )
        )
    if not rows:
        return []
    head = ("round", "design", "predicted", "measured", "you said breaks", "came")
    return [Fold(f"Transcript: {plural(len(rows), 'run')}", (Grid(head, tuple(rows), frozenset({2, 3})),))]


# ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────


def scorecard(session: Session, notes: Notes) -> list[Block]:
    """The rounds, what the play showed, calibration, and the reference's play beside it."""
    card = scored(session, notes)
    rows = tuple(
        (
            f"{score.number} · {score.round.name}",
            str(score.attempts),
            _in_turn(score.broke) or "nothing",
            "the course's" if score.passing and score.passing.on_reference else "",
        )
        for score in card.rounds
    )
    columns = 4 if any(row[3] for row in rows) else 3
    shown = tuple(
        ("" if line else trait.name, text)
        for trait in card.traits
        for line, text in enumerate(trait.evidence)
    )
    both = ", both on your own objects" if session.subjects else ""
    return [
        Grid(
            ("round", "attempts", "what broke first on the way", "passed on")[:columns],
            tuple(row[:columns] for row in rows),
            frozenset({1}),
        ),
        Text(f"{card.first_try} of {len(rows)} rounds passed on the first try."),
        Text(_calibration(card)),
        *dimensions(card),
        Text("What the interview looks for, and what you did and measured. Nothing here scores your words."),
        Grid(("it looks for", "in this play"), shown),
        Fold(f"The reference's play beside yours{both}", (_comparison(card, session.scenario),)),
    ]


def dimensions(card: Scorecard) -> list[Block]:
    """What interviewers report of a mock, 0 to 2 each: a point for each deed; nothing outside a mock."""
    if not card.dimensions:
        return []
    rows = [
        (
            each.name if not line else "",
            f"{each.points} of 2" if not line else "",
            f"{'✓' if done else '·'} {deed}{'' if done else ' Not done.'}",
        )
        for each in card.dimensions
        for line, (deed, done) in enumerate(each.deeds)
    ]
    return [
        Text(
            "What interviewers report, 0 to 2 each. A point is a deed that was done or measured; words are yours to judge."
        ),
        Grid(("", "", "for"), tuple(rows)),
    ]


# ── sentences ───────────────────────────────────────────────────────────────────────────────────────────────


def place(session: Session, name: str) -> str:
    """A round with its place in the play."""
    names = [reached.name for reached in session.reached]
    return f"{names.index(name) + 1} · {name}"


def _promise(
    verdict: Judgement, was: Judgement | None, outcome: Outcome, session: Session, said: Said
) -> Promise:
    slo, own = verdict.slo, verdict.round == outcome.round.name
    guess, interval = None, None
    if own and slo.metric == outcome.round.predicts:
        guess = _mark(verdict, outcome.predicted)
        if said.give_or_take:
            low, high = outcome.predicted - said.give_or_take, outcome.predicted + said.give_or_take
            interval = (_mark(verdict, low), _mark(verdict, high))
    return Promise(
        state="held" if verdict.held else "BROKE FIRST" if verdict == outcome.broke else "BROKE",
        name=f"{slo.name} ({counted})" if (counted := sampled(verdict)) else slo.name,
        budget=limit(slo),
        measured=Mark(measured(verdict), verdict.slack),
        slack=percent(verdict.slack),
        where="" if own else place(session, verdict.round),
        before=Mark(measured(was), was.slack) if was else None,
        predicted=guess,
        interval=interval,
    )


def _mark(verdict: Judgement, value: float) -> Mark:
    return Mark(number(value, verdict.slo.unit), verdict.slo.slack(value))


def _about(verdict: Judgement) -> tuple[str, str]:
    return verdict.round, verdict.slo.metric


def _miss(outcome: Outcome) -> list[tuple[str, str]]:
    """By how much a prediction missed; nothing where the measurement is no finite number."""
    if outcome.predicted == outcome.result:
        return [("your prediction", "exact")]
    way = "too high" if outcome.predicted > outcome.result else "too low"
    if outcome.calibration is None:
        return [("your prediction", way)] if math.isfinite(outcome.result) else []
    if abs(outcome.calibration) < math.log2(1.01):
        return [("your prediction", "within 1%")]
    return [(f"{way} by", factor(2 ** min(60.0, abs(outcome.calibration))))]


def _aside(outcome: Outcome, said: Said, scenario: Scenario) -> list[str]:
    """What was said before the run, beside what came: lines, none where nothing was said."""
    lines = []
    if said.give_or_take is not None:
        unit = scenario.unit(outcome.round.predicts)
        held = "held" if said.covers(outcome) else "did not hold"
        lines.append(f"give or take {number(said.give_or_take, unit)}: the interval {held} the measurement")
    if said.breaks:
        what = (
            "nothing will break" if said.breaks == NOTHING else f"{scenario.name(said.breaks)} breaks first"
        )
        lines.append(f"you said that {what}: {'so it was' if said.foresaw(outcome) else 'it was not so'}")
    return lines


def _broken(broke: Judgement, outcome: Outcome, session: Session) -> str:
    """What broke first, in numbers, and under which round if it was an earlier one."""
    elsewhere = "" if broke.round == outcome.round.name else f" under round {place(session, broke.round)}"
    return f"{broke.slo.name}, {measured(broke)} against {limit(broke.slo)}{elsewhere}"


def _pressed(tightest: Judgement, outcome: Outcome, session: Session) -> str:
    """The tightest promise of a round that held, and whether the next constraint attacks it."""
    following = session.reached[outcome.number : outcome.number + 1]
    attacked = any(after.presses == tightest.slo.metric for after in following)
    so = "; the next constraint presses it" if attacked else ""
    return f"Your tightest promise: {tightest.slo.name}, {percent(tightest.slack)}{so}."


def _in_turn(broke: Iterable[str]) -> str:
    """What broke in each attempt, one after another: what broke again stands once, with its number."""
    runs = [(name, len(list(again))) for name, again in groupby(broke)]
    return ", then ".join(name if number == 1 else f"{name} ({number} times)" for name, number in runs)


def _comparison(card: Scorecard, scenario: Scenario) -> Grid:
    rows = []
    for score in card.rounds:
        passing = score.passing
        mine = tightest(passing.verdicts) if passing else None
        design = listed(scenario, passing.design) if passing else ""
        rows.append((score.round.name, "you", design, _least(mine)))
        rows.append(("", "reference", listed(scenario, score.reference), _least(score.its_tightest)))
    return Grid(("round", "", "design", "least slack"), tuple(rows))


def _calibration(card: Scorecard) -> str:
    if card.typical_miss is None:
        return "No prediction has a ratio to its measurement."
    high, low = sum(miss > 0 for miss in card.misses), sum(miss < 0 for miss in card.misses)
    return f"Half of your {len(card.misses)} predictions are within {factor(card.typical_miss)}: {high} too high, {low} too low."


def _least(verdict: Judgement | None) -> str:
    return f"{verdict.slo.name} {percent(verdict.slack)}" if verdict else "not measured"


def _values(knob: Knob) -> str:
    return f"{knob.allowed}{f' {knob.unit}' if knob.unit else ''}"


def _probed(session: Session) -> bool:
    last = session.outcomes[-1] if session.outcomes else None
    return last is not None and last.number == session.state.number and last.broke is not None


def _is_ours(value: object) -> bool:
    return str(getattr(value, "__module__", "")).split(".")[0] == "course"


def _defined(value: object) -> bool:
    return inspect.isclass(value) or inspect.isfunction(value)
