"""The judgement of a run as HTML: each promise with its slack, drawn on one scale beside the run before.

The scale is slack, the room left as a share of the limit, so that every promise shares one limit line whatever its unit
and direction: room lies to the left of it, what is over to the right. The square root of the share is drawn, which
leaves the last percent visible. States stand in words and in shapes, never in colour alone.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape

from course.interview.outcome import Outcome, Verdict
from course.interview.said import Said
from course.interview.scenario import Slo
from course.interview.session import Session
from course.interview.words import limit, measured, number, percent
from course.notebook.screens.text import place

HALF, EDGE, HEIGHT = 118, 12, 24
MIDDLE = HALF + EDGE
WIDTH = 2 * MIDDLE
TICKS = (0.1, 0.4)
"""Shares of the limit that the scale names."""

Ghosts = Mapping[tuple[str, str], Verdict]
"""What the run before measured, by round and metric."""


def judgement(outcome: Outcome, last: Outcome | None, said: Said, session: Session) -> str:
    """This round's promises and the broken ones of earlier rounds, then folded the earlier ones that hold; ``last`` is
    the run before, drawn as its ghost."""
    ghosts = {(verdict.round, verdict.slo.metric): verdict for verdict in last.verdicts} if last else {}
    own = [*outcome.own]
    earlier = [verdict for verdict in outcome.verdicts if verdict.round != outcome.round.name]
    shown = [*own, *(verdict for verdict in earlier if not verdict.held)]
    held = [verdict for verdict in earlier if verdict.held]
    parts = [_table(shown, ghosts, outcome, said, session)]
    if held:
        least = min(held, key=lambda verdict: verdict.slack)
        count = f"{len(held)} promises" if len(held) > 1 else "1 promise"
        where = f"{least.slo.name} in {place(session, least.round)}, {percent(least.slack)}"
        parts.append(
            f"<details><summary>{count} of earlier rounds hold; least slack: {escape(where)}</summary>"
            f"{_table(held, ghosts, outcome, said, session)}</details>"
        )
    return "".join([*parts, _legend(bool(ghosts), said)])


def budget_table(slos: tuple[Slo, ...]) -> str:
    """The budget of a round, in numbers."""
    rows = "".join(
        f'<tr><td>{escape(slo.name)}</td><td class="iw-num iw-big">{escape(limit(slo))}</td></tr>'
        for slo in slos
    )
    return f'<table class="iw-table iw-budget"><tbody>{rows}</tbody></table>'


def _table(
    verdicts: Sequence[Verdict], ghosts: Ghosts, outcome: Outcome, said: Said, session: Session
) -> str:
    rows = "".join(_row(verdict, ghosts, outcome, said, session) for verdict in verdicts)
    ends = f'<text x="0" y="11">room</text><text x="{WIDTH}" y="11" class="iw-right">over</text>'
    marks = "".join(
        f'<text x="{_x(sign * tick):.1f}" y="11" class="iw-tick">{round(100 * tick)}%</text>'
        for tick in TICKS
        for sign in (1, -1)
    )
    middle = f'<text x="{MIDDLE}" y="11" class="iw-tick">limit</text>'
    axis = f'<svg width="{WIDTH}" height="14" aria-hidden="true">{ends}{marks}{middle}</svg>'
    head = f'<th>promise<div class="iw-axis">{axis}</div></th><th class="iw-num">measured<br>budget</th><th class="iw-num">slack</th>'
    return (
        f'<div class="iw-wide"><table class="iw-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row(verdict: Verdict, ghosts: Ghosts, outcome: Outcome, said: Said, session: Session) -> str:
    first = outcome.broke is not None and verdict == outcome.broke
    state = "held" if verdict.held else "BROKE FIRST" if first else "BROKE"
    own = verdict.round == outcome.round.name
    where = "" if own else f'<span class="iw-in"> in round {escape(place(session, verdict.round))}</span>'
    predicted = own and verdict.slo.metric == outcome.round.predicts
    plot = _plot(
        verdict,
        ghosts.get((verdict.round, verdict.slo.metric)),
        outcome.predicted if predicted else None,
        said.give_or_take if predicted else None,
    )
    kind = "held" if verdict.held else "broke"
    return (
        f'<tr class="iw-{kind}"><td>{escape(verdict.slo.name)}{where}<div class="iw-plot">{plot}</div></td>'
        f'<td class="iw-num"><b>{escape(measured(verdict))}</b><br>{escape(limit(verdict.slo))}</td>'
        f'<td class="iw-num">{escape(percent(verdict.slack))}<br><span class="iw-state">{state}</span></td></tr>'
    )


def _plot(verdict: Verdict, ghost: Verdict | None, predicted: float | None, spread: float | None) -> str:
    """One row of the plot: the limit, the run, its ghost with the way between, and the prediction with its interval."""
    slo, middle = verdict.slo, HEIGHT / 2
    now = _x(verdict.slack)
    parts, words = [], [f"{measured(verdict)}, slack {percent(verdict.slack)}"]
    if ghost is not None:
        was = _x(ghost.slack)
        words.append(f"last run {measured(ghost)}")
        title = f"<title>last run: {escape(measured(ghost))}</title>"
        if abs(was - now) > 14:
            end = now + math.copysign(9, was - now)
            parts.append(
                f'<line x1="{was:.1f}" y1="{middle}" x2="{end:.1f}" y2="{middle}" class="iw-way"/>'
                f'<path d="M{end:.1f} {middle - 3.5} L{end - math.copysign(6, was - now):.1f} {middle} '
                f'L{end:.1f} {middle + 3.5} Z" class="iw-head"/>'
            )
        parts.append(f'<circle cx="{was:.1f}" cy="{middle}" r="5" class="iw-ghost">{title}</circle>')
    if predicted is not None:
        at = _x(slo.slack(predicted))
        words.append(f"you predicted {number(predicted, slo.unit)}")
        if spread:
            ends = sorted(_x(slo.slack(predicted + way)) for way in (-spread, spread))
            parts.append(
                f'<path d="M{ends[0]:.1f} 1 v4 M{ends[0]:.1f} 3 H{ends[1]:.1f} M{ends[1]:.1f} 1 v4" class="iw-spread"/>'
            )
        title = f"<title>you predicted {escape(number(predicted, slo.unit))}</title>"
        parts.append(f'<path d="M{at - 4.5:.1f} 1 h9 l-4.5 7 Z" class="iw-said">{title}</path>')
    parts.append(_mark(verdict, now, middle))
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escape("; ".join(words))}">'
        f'<line x1="{EDGE}" y1="{middle}" x2="{WIDTH - EDGE}" y2="{middle}" class="iw-rail"/>'
        f'<line x1="{MIDDLE}" y1="0" x2="{MIDDLE}" y2="{HEIGHT}" class="iw-limit"/>{"".join(parts)}</svg>'
    )


def _mark(verdict: Verdict, x: float, y: float) -> str:
    title = f"<title>{escape(measured(verdict))}</title>"
    if verdict.held:
        return f'<circle cx="{x:.1f}" cy="{y}" r="5.5" class="iw-now iw-good">{title}</circle>'
    beyond = verdict.slack < -1  # off the scale: an arrowhead in place of the cross
    if beyond:
        return f'<path d="M{x - 4:.1f} {y - 7} l10 7 l-10 7 Z" class="iw-now iw-bad">{title}</path>'
    return f'<path d="M{x - 5.5:.1f} {y - 5.5} l11 11 m0 -11 l-11 11" class="iw-cross">{title}</path>'


def _legend(ghosts: bool, said: Said) -> str:
    y = 8
    keys = [
        (f'<circle cx="8" cy="{y}" r="5" class="iw-now iw-good"/>', "holds"),
        (f'<path d="M3 {y - 5} l10 10 m0 -10 l-10 10" class="iw-cross"/>', "broke"),
    ]
    if ghosts:
        keys.append((f'<circle cx="8" cy="{y}" r="5" class="iw-ghost"/>', "last run"))
    keys.append((f'<path d="M3.5 {y - 4} h9 l-4.5 7 Z" class="iw-said"/>', "your prediction"))
    if said.give_or_take:
        keys.append(
            (f'<path d="M2 {y - 3} v6 M2 {y} H14 M14 {y - 3} v6" class="iw-spread"/>', "give or take")
        )
    items = "".join(f'<span><svg width="16" height="16">{mark}</svg>{name}</span>' for mark, name in keys)
    return f'<div class="iw-legend" aria-hidden="true">{items}</div>'


def _x(slack: float) -> float:
    """Where a slack lies: room to the left of the limit, what is over to the right, held within the scale."""
    reach = math.sqrt(min(abs(slack), 1.0))
    return MIDDLE - math.copysign(HALF * reach, slack)
