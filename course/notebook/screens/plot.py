"""Promises as an HTML table: each with its slack, drawn on one scale beside the run before.

The scale is slack, the room left as a share of the limit, so that every promise shares one limit line whatever its unit
and direction: room lies to the left of it, what is over to the right. The square root of the share is drawn, which
leaves the last percent visible. States stand in words and in shapes, never in colour alone.
"""

import math
from html import escape

from course.notebook.screens.blocks import Promise, Promises

HALF, EDGE, HEIGHT = 118, 12, 24
MIDDLE = HALF + EDGE
WIDTH = 2 * MIDDLE
TICKS = (0.1, 0.4)
"""Shares of the limit that the scale names."""


def promises_table(block: Promises) -> str:
    """The table, with the marks' legend under it where the block asks for one."""
    rows = "".join(map(_row, block.rows))
    ends = f'<text x="0" y="11">room</text><text x="{WIDTH}" y="11" class="iw-right">over</text>'
    marks = "".join(
        f'<text x="{_x(sign * tick):.1f}" y="11" class="iw-tick">{round(100 * tick)}%</text>'
        for tick in TICKS
        for sign in (1, -1)
    )
    middle = f'<text x="{MIDDLE}" y="11" class="iw-tick">limit</text>'
    axis = f'<svg width="{WIDTH}" height="14" aria-hidden="true">{ends}{marks}{middle}</svg>'
    head = f'<th>promise<div class="iw-axis">{axis}</div></th><th class="iw-num">measured<br>budget</th><th class="iw-num">slack</th>'
    table = (
        f'<div class="iw-wide"><table class="iw-table iw-promises"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
    return table + (_legend(block) if block.legend else "")


def _row(promise: Promise) -> str:
    where = f'<span class="iw-in"> in round {escape(promise.where)}</span>' if promise.where else ""
    kind = "held" if promise.held else "broke"
    return (
        f'<tr class="iw-{kind}"><td>{escape(promise.name)}{where}<div class="iw-plot">{_plot(promise)}</div></td>'
        f'<td class="iw-num"><b>{escape(promise.measured.text)}</b><br>{escape(promise.budget)}</td>'
        f'<td class="iw-num">{escape(promise.slack)}<br><span class="iw-state">{promise.state}</span></td></tr>'
    )


def _plot(promise: Promise) -> str:
    """The limit, the run, its ghost with the way between, and the prediction with its interval."""
    middle, now = HEIGHT / 2, _x(promise.measured.slack)
    parts, words = [], [f"{promise.measured.text}, slack {promise.slack}"]
    if promise.before is not None:
        was = _x(promise.before.slack)
        said = f"last run {promise.before.text}"
        words.append(said)
        if abs(was - now) > 14:
            end = now + math.copysign(9, was - now)
            parts.append(
                f'<line x1="{was:.1f}" y1="{middle}" x2="{end:.1f}" y2="{middle}" class="iw-way"/>'
                f'<path d="M{end:.1f} {middle - 3.5} L{end - math.copysign(6, was - now):.1f} {middle} '
                f'L{end:.1f} {middle + 3.5} Z" class="iw-head"/>'
            )
        title = f"<title>{escape(said)}</title>"
        parts.append(f'<circle cx="{was:.1f}" cy="{middle}" r="5" class="iw-ghost">{title}</circle>')
    if promise.predicted is not None:
        said = f"you predicted {promise.predicted.text}"
        words.append(said)
        if promise.interval:
            ends = sorted(_x(end.slack) for end in promise.interval)
            parts.append(
                f'<path d="M{ends[0]:.1f} 1 v4 M{ends[0]:.1f} 3 H{ends[1]:.1f} M{ends[1]:.1f} 1 v4" class="iw-spread"/>'
            )
        at = _x(promise.predicted.slack)
        title = f"<title>{escape(said)}</title>"
        parts.append(f'<path d="M{at - 4.5:.1f} 1 h9 l-4.5 7 Z" class="iw-said">{title}</path>')
    parts.append(_mark(promise, now, middle))
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escape("; ".join(words))}">'
        f'<line x1="{EDGE}" y1="{middle}" x2="{WIDTH - EDGE}" y2="{middle}" class="iw-rail"/>'
        f'<line x1="{MIDDLE}" y1="0" x2="{MIDDLE}" y2="{HEIGHT}" class="iw-limit"/>{"".join(parts)}</svg>'
    )


def _mark(promise: Promise, x: float, y: float) -> str:
    title = f"<title>{escape(promise.measured.text)}</title>"
    if promise.held:
        return f'<circle cx="{x:.1f}" cy="{y}" r="5.5" class="iw-now iw-good">{title}</circle>'
    beyond = promise.measured.slack < -1  # off the scale: an arrowhead in place of the cross
    if beyond:
        return f'<path d="M{x - 4:.1f} {y - 7} l10 7 l-10 7 Z" class="iw-now iw-bad">{title}</path>'
    return f'<path d="M{x - 5.5:.1f} {y - 5.5} l11 11 m0 -11 l-11 11" class="iw-cross">{title}</path>'


def _legend(block: Promises) -> str:
    y = 8
    keys = [
        (f'<circle cx="8" cy="{y}" r="5" class="iw-now iw-good"/>', "holds"),
        (f'<path d="M3 {y - 5} l10 10 m0 -10 l-10 10" class="iw-cross"/>', "broke"),
    ]
    if any(promise.before for promise in block.rows):
        keys.append((f'<circle cx="8" cy="{y}" r="5" class="iw-ghost"/>', "last run"))
    if any(promise.predicted for promise in block.rows):
        keys.append((f'<path d="M3.5 {y - 4} h9 l-4.5 7 Z" class="iw-said"/>', "your prediction"))
    if any(promise.interval for promise in block.rows):
        mark = f'<path d="M2 {y - 3} v6 M2 {y} H14 M14 {y - 3} v6" class="iw-spread"/>'
        keys.append((mark, "give or take"))
    items = "".join(f'<span><svg width="16" height="16">{mark}</svg>{name}</span>' for mark, name in keys)
    return f'<div class="iw-legend" aria-hidden="true">{items}</div>'


def _x(slack: float) -> float:
    """Where a slack lies: room to the left of the limit, what is over to the right, held within the scale."""
    reach = math.sqrt(min(abs(slack), 1.0))
    return MIDDLE - math.copysign(HALF * reach, slack)
