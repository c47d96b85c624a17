"""The parts of the widget as HTML, each a function of the play: nothing here changes anything."""

import inspect
from collections.abc import Mapping, Sequence
from html import escape

from course.interview.outcome import Outcome, Status
from course.interview.rules import binding
from course.interview.said import NOTHING, Notes
from course.interview.scenario import Replies, Scenario
from course.interview.session import CLOSING, Session
from course.interview.words import limit, listed, number, plural
from course.notebook.screens.plot import budget_table, judgement
from course.notebook.screens.text import aside, broken, finished, miss, place, pressed

NOTHING_YET = '<span class="iw-none"></span>'
"""A part that is left out."""


def heading(scenario: Scenario, session: Session | None = None) -> str:
    """The title, and the rounds with their state in words and marks; those to come have no name yet."""
    title = f"<b>{escape(scenario.title)}</b>"
    if session is None:
        return f'<div class="iw-title">{title}</div>'
    steps = []
    for at in range(1, session.state.total + 1):
        name = session.reached[at - 1].name if at <= len(session.reached) else ""
        if at < session.state.number:
            steps.append(f'<li title="passed">✓ {at} {escape(name)}</li>')
        elif at == session.state.number:
            steps.append(f'<li class="iw-at" aria-current="step">▸ {at} {escape(name)}</li>')
        else:
            steps.append(f'<li title="to come">· {at}</li>')
    return (
        f'<div class="iw-title">{title}<ol class="iw-steps" aria-label="rounds">{"".join(steps)}</ol></div>'
    )


def before(session: Session, notes: Notes) -> str:
    """What was said up to the last run: the prompt, what you asked, and a constraint that is still open after it."""
    scenario, state = session.scenario, session.state
    answers = dict(scenario.clarify)
    asked = [each.question for each in notes.asked if each.question in answers]
    prompt = says(scenario.opening) + "".join(_you(question) + says(answers[question]) for question in asked)
    if not session.outcomes:
        return prompt
    folded = f"<details><summary>The prompt</summary>{prompt}</details>"
    return folded + (says(state.round.line) if state.round and _probed(session) else "")


def latest(session: Session) -> str:
    """What the interviewer says now: a constraint, the probe that a broken promise earned, or the closing."""
    state = session.state
    text = session.outcomes[-1].line if _probed(session) else state.round.line if state.round else CLOSING
    return says(text, latest=True)


def says(text: str, latest: bool = False, who: str = "Interviewer") -> str:
    kind = "iw-says iw-latest" if latest else "iw-says"
    return f'<div class="{kind}"><div class="iw-who">{escape(who)}</div><div class="iw-line">{escape(text)}</div></div>'


def budget(session: Session) -> str:
    """The open round's budget in numbers, and the budgets of passed rounds that still bind."""
    state, scenario = session.state, session.scenario
    if state.round is None:
        return ""
    *earlier, (_, own) = binding((*state.passed, state.round))
    parts = [_h(f"Budget of round {state.number}"), budget_table(own)]
    if state.round.relaxes:
        names = " and ".join(scenario.name(metric) for metric in state.round.relaxes)
        parts.append(f'<div class="iw-quiet">Earlier budgets for {escape(names)} no longer bind.</div>')
    if earlier:
        lines = "".join(
            f"<li>{escape(place(session, each.name))}: "
            f"{escape(', '.join(f'{slo.name} {limit(slo)}' for slo in slos) or 'nothing')}</li>"
            for each, slos in earlier
        )
        parts.append(
            "<details><summary>Still binding, each under the load of its own round</summary>"
            f'<ul class="iw-list">{lines}</ul></details>'
        )
    return "".join(parts)


def whose(objects: Sequence[object], names: Mapping[str, object]) -> str:
    """Whose code is measured. ``names`` are the notebook's own: an object that was defined anew since is said."""
    if not objects:
        return _h("Your design")
    called = [str(getattr(each, "__name__", type(each).__name__)) for each in objects]
    owners = ["the course's" if _is_ours(each) else "your" for each in objects]
    parts = [f"{owner} <code>{escape(name)}</code>" for owner, name in zip(owners, called, strict=True)]
    text = f"measured on {' and '.join(parts)}"
    newer = [
        name
        for name, each in zip(called, objects, strict=True)
        if name in names and names[name] is not each and _defined(names[name])
    ]
    if newer:
        text += f". <b>{escape(' and '.join(newer))} was defined anew since: run this cell again to play on it</b>"
    return f'{_h("Your design")}<div class="iw-quiet">{text}</div>'


def result(session: Session, notes: Notes, last: Outcome | None, printed: str = "") -> str:
    """The run that was made last: prediction beside measurement, the judgement, what broke first and what it earns."""
    if last is None:
        return NOTHING_YET
    parts = []
    where = f"Round {last.number} · {last.round.name}"
    if last.status is Status.FAULTED:
        return (
            _headline("broke", "NOT MEASURED", where) + f"<div>{escape(last.line)}</div>{_printed(printed)}"
        )
    said = notes.said(last)
    where += f", attempt {last.attempt}"
    if last.broke:
        first = f"What broke first: {broken(last, session)}"
        parts.append(_headline("broke", "BROKE", where) + f"<div><b>{escape(first)}</b></div>")
    else:
        parts.append(_headline("held", "HELD", where))
    parts.append(_tiles(last, session))
    for line in (listed(session.scenario, last.design), *aside(last, said, session.scenario)):
        parts.append(f'<div class="iw-quiet">{escape(line)}</div>')
    if last.note:
        parts.append(f"<div><b>{escape(last.note)}</b></div>")
    parts.append(judgement(last, _before(last, session), said, session))
    if last.tightest and not last.broke:
        parts.append(f"<div>{escape(pressed(last, session))}</div>")
    if last.passed:
        parts.append(_replies(last.round.replies))
    return "".join([*parts, _printed(printed)])


def history(session: Session, notes: Notes) -> str:
    """The transcript so far: a line for each run, folded."""
    if not session.outcomes:
        return NOTHING_YET
    rows = []
    for outcome in session.outcomes:
        unit = session.scenario.unit(outcome.round.predicts)
        came = f"{outcome.broke_first.name} broke first" if outcome.broke_first else "held"
        said = notes.said(outcome)
        named = (
            "nothing" if said.breaks == NOTHING else session.scenario.name(said.breaks) if said.breaks else ""
        )
        cells = (
            (place(session, outcome.round.name), ""),
            (listed(session.scenario, outcome.design), ""),
            (number(outcome.predicted, unit), "iw-num"),
            (number(outcome.result, unit), "iw-num"),
            (named, ""),
            (came, ""),
        )
        kind = "held" if outcome.passed else "broke"
        row = "".join(f'<td class="{style}">{escape(text)}</td>' for text, style in cells)
        rows.append(f'<tr class="iw-{kind}">{row}</tr>')
    head = "".join(
        f"<th>{name}</th>" for name in ("round", "design", "predicted", "measured", "you said breaks", "came")
    )
    count = plural(len(session.outcomes), "run")
    return (
        f"<details><summary>Transcript: {count}</summary>"
        f'<div class="iw-wide"><table class="iw-table iw-lines"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></details>"
    )


def about(scenario: Scenario, silent: str) -> str:
    """What counts, where it is kept, and whether the voice is on."""
    voice = silent or "on: it speaks when you ask it to"
    return (
        "<details><summary>How this is played</summary><ul class='iw-list'>"
        "<li>A round is passed when every promise holds, those of passed rounds too. Passed rounds are what counts; "
        "predictions, what you say, notes and the clock are shown on the scorecard and graded by nobody.</li>"
        "<li>Your moves are in <code>interview.json</code> beside this notebook, and what you say in "
        "<code>interview-notes.json</code>. Without the widget, play by lines: "
        f"<code>table.propose(round=1, {', '.join(knob.name + '=…' for knob in scenario.knobs)}, predict=…)</code></li>"
        f"<li>Claude as the interviewer's voice is {escape(voice)}.</li></ul></details>"
    )


def hint(text: str, problem: str = "") -> str:
    """A line on what to do next; a problem with the files stands under it."""
    warning = f"<div><b>{escape(problem)}</b></div>" if problem else ""
    return f'<div class="iw-hint" role="status">{escape(text)}</div>{warning}'


def scorecard(session: Session, notes: Notes) -> str:
    """After the last round: what the play showed."""
    return finished(session, notes).html() if session.state.done else NOTHING_YET


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────


def _tiles(outcome: Outcome, session: Session) -> str:
    """What was predicted beside what was measured."""
    scenario, metric = session.scenario, outcome.round.predicts
    unit = scenario.unit(metric)
    how = miss(outcome)
    tiles = [
        ("predicted", number(outcome.predicted, unit)),
        ("measured", number(outcome.result, unit)),
    ]
    if how.startswith("missed by "):
        by, way = how.removeprefix("missed by ").split(", ")
        tiles.append((way, by))
    elif how:
        tiles.append(("your prediction", how))
    cells = "".join(f"<div><span>{escape(label)}</span><b>{escape(text)}</b></div>" for label, text in tiles)
    return f'<div class="iw-tiles"><div class="iw-what">{escape(scenario.name(metric))}</div>{cells}</div>'


def _before(outcome: Outcome, session: Session) -> Outcome | None:
    """The run before this one."""
    made = list(session.outcomes)
    at = next((place for place, each in enumerate(made) if each.move == outcome.move), 0)
    return made[at - 1] if at else None


def _headline(kind: str, badge: str, text: str) -> str:
    return f'<div class="iw-headline" role="alert"><span class="iw-badge iw-{kind}">{badge}</span>{escape(text)}</div>'


def _replies(said: Replies) -> str:
    rows = "".join(
        f"<div><b>{kind}</b> {escape(text)}</div>"
        for kind, text in (("weak", said.weak), ("good", said.good), ("strong", said.strong))
    )
    return f"<details><summary>What a reply to this round contains</summary>{rows}</details>"


def _printed(text: str) -> str:
    return f"<details><summary>Your code printed</summary><pre>{escape(text)}</pre></details>" if text else ""


def _probed(session: Session) -> bool:
    last = session.outcomes[-1] if session.outcomes else None
    return last is not None and last.number == session.state.number and last.broke is not None


def _you(question: str) -> str:
    return f'<div class="iw-you"><div class="iw-who">You</div><div class="iw-line">{escape(question)}</div></div>'


def _h(text: str) -> str:
    return f'<div class="iw-h">{escape(text)}</div>'


def _is_ours(value: object) -> bool:
    return str(getattr(value, "__module__", "")).split(".")[0] == "course"


def _defined(value: object) -> bool:
    return inspect.isclass(value) or inspect.isfunction(value)
