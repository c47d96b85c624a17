"""What is shown of an interview, as pages: the round that is open, an outcome, the scorecard, the transcript."""

import math
from dataclasses import replace

from course.interview.outcome import Outcome, Status, Verdict
from course.interview.page import Block, Code, Fold, Gauge, Grid, Markdown, Page, Says, Text
from course.interview.rules import binding
from course.interview.scenario import Design, Knob, Round, Scenario, Slo
from course.interview.scorecard import Scorecard, scorecard
from course.interview.session import Session


def standing(session: Session, problem: str = "") -> Page:
    """Where the play stands: the prompt, the open round with its budget and knobs, and how to move; at the end the
    scorecard. ``problem`` is what is the matter with the file of moves."""
    notes: list[Block] = [
        Text(text, strong=True) for text in (problem, session.fault.line if session.fault else "") if text
    ]
    if session.state.done:
        finished = _finished(session)
        know = Text("table.transcript() gives the whole play as Markdown.")
        return replace(finished, blocks=(*notes, *finished.blocks, know))
    scenario, state = session.scenario, session.state
    assert state.round is not None
    current = state.round
    blocks: list[Block] = [*notes]
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
    unit = scenario.unit(current.predicts)
    what = scenario.name(current.predicts) + (f" in {unit}" if unit not in ("", "×") else "")
    blocks.append(Text(f"Predict {what}, then move. Without a prediction nothing runs."))
    call = "".join(f", {knob.name}=..." for knob in scenario.knobs)
    blocks.append(Code(f"table.propose(round={state.number}{call}, predict=...)"))
    title = f"{scenario.title} · round {state.number} of {state.total}: {current.name}"
    return Page(title, tuple(blocks), "open" if session.outcomes else "")


def told(outcome: Outcome, session: Session, *, folded: bool = False, printed: str = "") -> Page:
    """What one move led to, and what the interviewer says next. ``printed`` is what the learner's objects printed."""
    extra: list[Block] = [Text("Your code printed"), Code(printed)] if printed else []
    where = f"Round {outcome.number} · {outcome.round.name}"
    if outcome.status is Status.REFUSED:
        return Page("Not run", (Text(outcome.line),), "open")
    if outcome.status is Status.FAULTED:
        return Page(f"{where}: not measured", (Text(outcome.line, strong=True), *extra), "open")
    where += f", attempt {outcome.attempt}"
    blocks: list[Block] = [
        Text(f"{_design(outcome.design, session.scenario)}\n{_prediction(outcome, session.scenario)}")
    ]
    if outcome.note:
        blocks.append(Text(outcome.note, strong=True))
    blocks += _verdicts(outcome, session)
    if outcome.broke is None:
        tightest = outcome.tightest
        if tightest:
            following = session.reached[outcome.number : outcome.number + 1]
            pressed = any(each.presses == tightest.slo.metric for each in following)
            so = "; the next constraint presses it" if pressed else ""
            blocks.append(Text(f"Your tightest promise: {tightest.slo.name}, {percent(tightest.slack)}{so}."))
        title = f"{where}: held"
    else:
        elsewhere = (
            ""
            if outcome.broke.round == outcome.round.name
            else f" under round {_place(session, outcome.broke.round)}"
        )
        blocks.append(Text(f"What broke first: {_broken(outcome.broke)}{elsewhere}.", strong=True))
        title = f"{where}: {outcome.broke.slo.name} broke first"
    blocks += [Says(outcome.line), *extra]
    if outcome.passed:
        blocks.append(_replies(outcome.round))
    return Page(title, tuple(blocks), "passed" if outcome.passed else "open", folded)


def transcript(session: Session) -> Markdown:
    """The whole play as Markdown: what was said, proposed, predicted and measured."""
    scenario = session.scenario
    first = Page(scenario.title, (Says(scenario.opening), Says(scenario.rounds[0].line)))
    pages = [first, *(told(outcome, session) for outcome in session.outcomes)]
    if session.state.done:
        pages.append(_finished(session))
    text = "\n\n".join(page.markdown() for page in pages)
    return Markdown(text.replace("## ", "# ", 1) + "\n")


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
            lines.append(f"{_place(session, each.name)}: {promises}")
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
            _place(session, verdict.round),
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
        where = f"{least.slo.name} in {_place(session, least.round)}, {percent(least.slack)}"
        blocks.append(Text(f"{count}; least slack: {where}."))
    return blocks


def _prediction(outcome: Outcome, scenario: Scenario) -> str:
    metric = outcome.round.predicts
    unit, found = scenario.unit(metric), outcome.result
    said = f"{scenario.name(metric)}: predicted {number(outcome.predicted, unit)}, measured {number(found, unit)}"
    if outcome.predicted == found:
        return f"{said}: exact"
    way = "too high" if outcome.predicted > found else "too low"
    if outcome.calibration is None:
        return f"{said}: {way}" if math.isfinite(found) else said
    if abs(outcome.calibration) < math.log2(1.01):
        return f"{said}: within 1%"
    return f"{said}: missed by {factor(2 ** min(60.0, abs(outcome.calibration)))}, {way}"


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


def _finished(session: Session) -> Page:
    card = scorecard(session)
    rows = tuple(
        (f"{each.number} · {each.round.name}", str(each.attempts), ", then ".join(each.broke) or "nothing")
        for each in card.rounds
    )
    blocks: list[Block] = [
        Grid(("round", "attempts", "what broke first on the way"), rows, frozenset({1})),
        Text(f"{card.first_try} of {len(rows)} rounds passed on the first try."),
        Text(_calibration(card)),
        Fold("The reference's play beside yours, both on your own objects" if session.subjects else "The reference's play beside yours",
             (_comparison(card, session.scenario),)),
    ]  # fmt: skip
    return Page(f"{session.scenario.title} · all {len(rows)} rounds passed", tuple(blocks), "passed")


def _comparison(card: Scorecard, scenario: Scenario) -> Grid:
    rows = []
    for each in card.rounds:
        mine = (
            min(each.passing.verdicts, key=lambda verdict: verdict.slack, default=None)
            if each.passing
            else None
        )
        design = _design(each.passing.design, scenario) if each.passing else ""
        rows.append((each.round.name, "you", design, _least(mine)))
        rows.append(("", "reference", _design(each.reference, scenario), _least(each.its_tightest)))
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


def _broken(verdict: Verdict) -> str:
    return f"{verdict.slo.name}, {measured(verdict)} against {limit(verdict.slo)}"


def _place(session: Session, name: str) -> str:
    names = [each.name for each in session.reached]
    return f"{names.index(name) + 1} · {name}"


def _design(design: Design, scenario: Scenario) -> str:
    units = {knob.name: knob.unit for knob in scenario.knobs}
    return ", ".join(
        f"{name} = {value if isinstance(value, str) else number(value, units.get(name, ''), digits=6)}"
        for name, value in design.items()
    )


def _values(knob: Knob) -> str:
    return f"{knob.allowed}{f' {knob.unit}' if knob.unit else ''}"


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────────────────


def number(value: float, unit: str = "", digits: int = 3) -> str:
    """``value`` as a person would say it: ``digits`` significant, thousands marked."""
    if math.isnan(value):
        return "not measurable"
    if math.isinf(value):
        return "without bound" if value > 0 else "without bound below 0"
    text = f"{value:,.0f}" if 1000 <= abs(value) < 1e15 and digits < 4 else f"{value:.{digits}g}"
    return f"{text}{'' if unit in ('', '%', '×') else ' '}{unit}".replace("-", "−", 1 if value < 0 else 0)


def limit(slo: Slo) -> str:
    """The budget: ``≤ 50 ms``."""
    return f"{'≤' if slo.at_most else '≥'} {number(slo.limit, slo.unit, digits=6)}"


def measured(verdict: Verdict) -> str:
    """What was measured, with as many digits as tell it from the limit."""
    if 0 < abs(verdict.measured) < abs(verdict.slo.limit) / 10_000:
        return f"≈ {number(0, verdict.slo.unit)}"
    digits = 3
    while digits < 15 and verdict.measured != verdict.slo.limit and (
        number(verdict.measured, digits=digits) == number(verdict.slo.limit, digits=digits)
    ):  # fmt: skip
        digits += 1
    return number(verdict.measured, verdict.slo.unit, digits)


def percent(slack: float) -> str:
    """Slack as a signed share of the limit."""
    if math.isinf(slack):
        return "none" if slack < 0 else "all"
    share = 100 * abs(slack)
    text = f"{share:,.0f}" if share >= 10 else f"{share:.2g}"
    return f"{'−' if slack < 0 else '+'}{text}%"


def factor(ratio: float) -> str:
    """By what factor something missed: ``×2.1``."""
    return f"×{number(ratio)}"
