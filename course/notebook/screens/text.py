"""What is shown of an interview, as pages: the round that is open, an outcome, the scorecard, the transcript."""

import math
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from course.interview.outcome import Outcome, Status, Verdict
from course.interview.rules import binding
from course.interview.said import NO_NOTES, NOTHING, UNSAID, Notes, Said
from course.interview.scenario import Knob, Round, Scenario
from course.interview.scorecard import Scorecard, scorecard
from course.interview.session import Session
from course.interview.words import factor, limit, listed, measured, number, percent
from course.notebook.screens.page import Block, Code, Fold, Gauge, Grid, Markdown, Page, Says, Text


def standing(session: Session, problem: str = "", notes: Notes = NO_NOTES) -> Page:
    """Where the play stands: the prompt, the open round with its budget and knobs, and how to move; at the end the
    scorecard. ``problem`` is what is the matter with the file of moves."""
    warnings: list[Block] = [
        Text(text, strong=True) for text in (problem, session.fault.line if session.fault else "") if text
    ]
    if session.state.done:
        end = finished(session, notes)
        know = Text(
            "table.transcript() gives the whole play as Markdown; table.save_transcript() writes it beside the notebook."
        )
        return replace(end, blocks=(*warnings, *end.blocks, know))
    scenario, state = session.scenario, session.state
    assert state.round is not None
    current = state.round
    blocks: list[Block] = [*warnings]
    prompt: list[Block] = [Says(scenario.opening)]
    if scenario.clarify:
        prompt.append(Fold("You may ask", (Grid(("question", "answer"), scenario.clarify),)))
    if session.outcomes:
        blocks += [Text(_progress(session)), Fold("The prompt", tuple(prompt), known=True)]
    else:
        blocks += prompt
    blocks += [Says(current.line), *_budget(session, current)]
    if current.relaxes:
        names = " and ".join(scenario.name(metric) for metric in current.relaxes)
        blocks.append(Text(f"Earlier budgets for {names} no longer bind."))
    knobs = tuple((knob.name, knob.label, _values(knob), str(knob.default)) for knob in scenario.knobs)
    blocks.append(Grid(("knob", "what it sets", "values", "if left out"), knobs))
    blocks.append(
        Text(f"Predict {scenario.asked_for(current)}, then move. Without a prediction nothing runs.")
    )
    call = "".join(f", {knob.name}=..." for knob in scenario.knobs)
    blocks.append(Code(f"table.propose(round={state.number}{call}, predict=...)"))
    may = ", ".join(f'"{metric}"' for metric in (*breakable(session), NOTHING))
    blocks.append(
        Fold(
            "Before it you may say what will break first, and by how much your prediction may be off",
            (Code("table.say(breaks=..., give_or_take=...)"), Text(f"breaks: one of {may}")),
            known=bool(session.outcomes),
        )
    )
    title = f"{scenario.title} · round {state.number} of {state.total}: {current.name}"
    return Page(title, tuple(blocks), "open" if session.outcomes else "")


def breakable(session: Session) -> dict[str, str]:
    """The metrics with a promise that binds now, this round's own first, with their names."""
    rounds = session.reached
    bound = [slo for _, slos in reversed(binding(rounds)) for slo in slos]
    return {slo.metric: session.scenario.name(slo.metric) for slo in bound}


def told(
    outcome: Outcome,
    session: Session,
    *,
    folded: bool = False,
    printed: str = "",
    said: Said = UNSAID,
) -> Page:
    """What one move led to, and what the interviewer says next. ``printed`` is what the learner's objects printed,
    ``said`` what the learner said before the run."""
    extra: list[Block] = [Text("Your code printed"), Code(printed)] if printed else []
    where = f"Round {outcome.number} · {outcome.round.name}"
    if outcome.status is Status.REFUSED:
        return Page("Not run", (Text(outcome.line),), "open")
    if outcome.status is Status.FAULTED:
        return Page(f"{where}: not measured", (Text(outcome.line, strong=True), *extra), "open")
    where += f", attempt {outcome.attempt}"
    lines = [listed(session.scenario, outcome.design), prediction(outcome, session.scenario)]
    lines += aside(outcome, said, session.scenario)
    blocks: list[Block] = [Text("\n".join(lines))]
    if outcome.note:
        blocks.append(Text(outcome.note, strong=True))
    blocks += _verdicts(outcome, session)
    if outcome.broke is None:
        tightest = outcome.tightest
        if tightest:
            blocks.append(Text(pressed(outcome, session)))
        title = f"{where}: held"
    else:
        blocks.append(Text(f"What broke first: {broken(outcome, session)}.", strong=True))
        title = f"{where}: {outcome.broke.slo.name} broke first"
    blocks += [Says(outcome.line), *extra]
    if outcome.passed:
        blocks.append(_replies(outcome.round))
    return Page(title, tuple(blocks), "passed" if outcome.passed else "open", folded)


def transcript(session: Session, notes: Notes = NO_NOTES) -> Markdown:
    """The whole play as Markdown: what was said, asked, proposed, predicted and measured."""
    scenario = session.scenario
    opening: list[Block] = [Says(scenario.opening)]
    replies = dict(scenario.clarify)
    for asked in notes.asked:
        if asked.question in replies:
            opening += [Text(f"You asked: {asked.question}"), Says(replies[asked.question])]
    pages = [Page(scenario.title, (*opening, Says(scenario.rounds[0].line)))]
    for outcome in session.outcomes:
        page = told(outcome, session, said=notes.said(outcome))
        extra: list[Block] = []
        if _last_of(outcome, session):
            name = outcome.round.name
            if spoken := notes.answers.get(name, ""):
                extra.append(Text(f"Your answer: {spoken}"))
            if reply := notes.voiced.get(name, ""):
                extra.append(Text(f"Claude, as the interviewer: {reply}"))
        pages.append(replace(page, blocks=(*page.blocks, *extra)))
    if session.state.done:
        pages.append(finished(session, notes))
    if notes.text:
        pages.append(Page("Notes", (Text(notes.text),)))
    text = "\n\n".join(page.markdown() for page in pages)
    return Markdown(text.replace("## ", "# ", 1) + "\n")


def finished(session: Session, notes: Notes) -> Page:
    """The scorecard: the rounds, what the play showed, calibration, and the reference's play beside it."""
    card = scorecard(session, notes)
    rows = tuple(
        (f"{each.number} · {each.round.name}", str(each.attempts), _in_turn(each.broke) or "nothing")
        for each in card.rounds
    )
    shown = tuple(
        ("" if line else trait.name, text)
        for trait in card.traits
        for line, text in enumerate(trait.evidence)
    )
    blocks: list[Block] = [
        Grid(("round", "attempts", "what broke first on the way"), rows, frozenset({1})),
        Text(f"{card.first_try} of {len(rows)} rounds passed on the first try."),
        Text(_calibration(card)),
        Text("What the interview looks for, and what you did and measured. Nothing here scores your words."),
        Grid(("it looks for", "in this play"), shown),
        Fold("The reference's play beside yours, both on your own objects" if session.subjects else "The reference's play beside yours",
             (_comparison(card, session.scenario),)),
    ]  # fmt: skip
    return Page(f"{session.scenario.title} · all {len(rows)} rounds passed", tuple(blocks), "passed")


def _in_turn(broke: Iterable[str]) -> str:
    """What broke in each attempt, one after another: what broke again stands once, with its number."""
    runs = [(name, len(list(again))) for name, again in groupby(broke)]
    return ", then ".join(name if number == 1 else f"{name} ({number} times)" for name, number in runs)


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────


def _budget(session: Session, current: Round) -> list[Block]:
    """The budgets that bind now: this round's own beside what the last attempt measured, then the earlier ones."""
    *earlier, (_, own) = binding((*session.state.passed, current))
    last = next((made for made in reversed(session.outcomes) if made.number == session.state.number), None)
    before = {verdict.slo: verdict for verdict in last.own} if last else {}
    rows = []
    for slo in own:
        seen = (measured(before[slo]), percent(before[slo].slack)) if before else ()
        rows.append((slo.name, limit(slo), *seen))
    head = ("promise", "budget", "last attempt", "slack") if before else ("promise", "budget")
    blocks: list[Block] = [Grid(head, tuple(rows), frozenset({1, 2, 3}))]
    if earlier:
        lines = ["Still binding, each under the load of its own round"]
        for each, slos in earlier:
            promises = ", ".join(f"{slo.name} {limit(slo)}" for slo in slos) or "nothing"
            lines.append(f"{place(session, each.name)}: {promises}")
        blocks.append(Text("\n".join(lines)))
    return blocks


def _verdicts(outcome: Outcome, session: Session) -> list[Block]:
    """The judgement: this round's promises, the broken ones of earlier rounds, and a line on those that held."""
    others = [verdict for verdict in outcome.verdicts if verdict.round != outcome.round.name]
    rows, gauges = [], []
    for verdict in [*outcome.own, *(verdict for verdict in others if not verdict.held)]:
        rows.append((
            "held" if verdict.held else "BROKE FIRST" if verdict is outcome.broke else "BROKE",
            verdict.slo.name,
            limit(verdict.slo),
            measured(verdict),
            percent(verdict.slack),
            place(session, verdict.round),
        ))  # fmt: skip
        scale = abs(verdict.slo.limit)
        ratio = verdict.measured / scale if scale else 1.0 - verdict.slack
        gauges.append(Gauge(0.0 if math.isnan(ratio) else ratio, verdict.held))
    columns = 6 if len(rows) > len(outcome.own) else 5
    head = ("", "promise", "budget", "measured", "slack", "in round")[:columns]
    blocks: list[Block] = [
        Grid(head, tuple(row[:columns] for row in rows), frozenset({2, 3, 4}), tuple(gauges))
    ]
    held = [verdict for verdict in others if verdict.held]
    if held:
        least = min(held, key=lambda verdict: verdict.slack)
        count = (
            f"{len(held)} promises of earlier rounds hold"
            if len(held) > 1
            else "1 promise of an earlier round holds"
        )
        where = f"{least.slo.name} in {place(session, least.round)}, {percent(least.slack)}"
        blocks.append(Text(f"{count}; least slack: {where}."))
    return blocks


def prediction(outcome: Outcome, scenario: Scenario) -> str:
    """What was predicted beside what was measured, and by what factor it missed."""
    metric = outcome.round.predicts
    unit, found = scenario.unit(metric), outcome.result
    said = f"{scenario.name(metric)}: predicted {number(outcome.predicted, unit)}, measured {number(found, unit)}"
    off = miss(outcome)
    return f"{said}: {off}" if off else said


def miss(outcome: Outcome) -> str:
    """By what factor a prediction missed; "" where the measurement is no finite number."""
    found = outcome.result
    if outcome.predicted == found:
        return "exact"
    way = "too high" if outcome.predicted > found else "too low"
    if outcome.calibration is None:
        return way if math.isfinite(found) else ""
    if abs(outcome.calibration) < math.log2(1.01):
        return "within 1%"
    return f"missed by {factor(2 ** min(60.0, abs(outcome.calibration)))}, {way}"


def aside(outcome: Outcome, said: Said, scenario: Scenario) -> list[str]:
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


def broken(outcome: Outcome, session: Session) -> str:
    """What broke first, in numbers, and under which round if it was an earlier one."""
    assert outcome.broke is not None
    verdict = outcome.broke
    elsewhere = "" if verdict.round == outcome.round.name else f" under round {place(session, verdict.round)}"
    return f"{verdict.slo.name}, {measured(verdict)} against {limit(verdict.slo)}{elsewhere}"


def pressed(outcome: Outcome, session: Session) -> str:
    """The tightest promise of a round that held, and whether the next constraint attacks it."""
    assert outcome.tightest is not None
    slo = outcome.tightest.slo
    following = session.reached[outcome.number : outcome.number + 1]
    so = "; the next constraint presses it" if any(each.presses == slo.metric for each in following) else ""
    return f"Your tightest promise: {slo.name}, {percent(outcome.tightest.slack)}{so}."


def _progress(session: Session) -> str:
    parts = []
    for place, each in enumerate(session.reached, start=1):
        made = [outcome for outcome in session.outcomes if outcome.number == place]
        state = (
            f"passed on attempt {len(made)}"
            if place < session.state.number
            else f"open after {len(made)} attempts"
        )
        parts.append(f"{place} {each.name}: {state if made else 'open'}")
    left = session.state.total - len(session.reached)
    return " · ".join([*parts, *([f"{left} more to come"] if left else [])]).replace(
        "after 1 attempts", "after 1 attempt"
    )


def _comparison(card: Scorecard, scenario: Scenario) -> Grid:
    rows = []
    for each in card.rounds:
        mine = (
            min(each.passing.verdicts, key=lambda verdict: verdict.slack, default=None)
            if each.passing
            else None
        )
        design = listed(scenario, each.passing.design) if each.passing else ""
        rows.append((each.round.name, "you", design, _least(mine)))
        rows.append(("", "reference", listed(scenario, each.reference), _least(each.its_tightest)))
    return Grid(("round", "", "design", "least slack"), tuple(rows))


def _calibration(card: Scorecard) -> str:
    if card.typical_miss is None:
        return "No prediction has a ratio to its measurement."
    high, low = sum(miss > 0 for miss in card.misses), sum(miss < 0 for miss in card.misses)
    return f"Half of your {len(card.misses)} predictions are within {factor(card.typical_miss)}: {high} too high, {low} too low."


def _replies(each: Round) -> Fold:
    said = each.replies
    rows = (("weak", said.weak), ("good", said.good), ("strong", said.strong))
    return Fold("What a reply to this round contains", tuple(Text(f"{kind}: {text}") for kind, text in rows))


def _least(verdict: Verdict | None) -> str:
    return f"{verdict.slo.name} {percent(verdict.slack)}" if verdict else "not measured"


def _last_of(outcome: Outcome, session: Session) -> bool:
    return [made for made in session.outcomes if made.number == outcome.number][-1] is outcome


def place(session: Session, name: str) -> str:
    """A round with its place in the play."""
    names = [each.name for each in session.reached]
    return f"{names.index(name) + 1} · {name}"


def _values(knob: Knob) -> str:
    return f"{knob.allowed}{f' {knob.unit}' if knob.unit else ''}"
