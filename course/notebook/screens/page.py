"""A page of the interview: a title and blocks, shown as plain text, as HTML or as Markdown."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 92
"""Columns of plain text."""


@dataclass(frozen=True)
class Says:
    """What the interviewer says."""

    text: str


@dataclass(frozen=True)
class Text:
    """A paragraph; ``strong`` where the eye should land."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Code:
    """Something to type."""

    text: str


@dataclass(frozen=True)
class Gauge:
    """Measured over limit, as a bar with a mark at the limit; only HTML draws it, the numbers stand beside."""

    ratio: float
    held: bool


@dataclass(frozen=True)
class Grid:
    """A table; columns in ``right`` are numbers. ``gauges`` gives each row's bar, or None."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()
    gauges: tuple[Gauge | None, ...] = ()


@dataclass(frozen=True)
class Fold:
    """Blocks behind a summary, closed at first. Plain text shows them, unless they are ``known`` from before."""

    summary: str
    blocks: "tuple[Block, ...]"
    known: bool = False


Block = Says | Text | Code | Grid | Fold


@dataclass(frozen=True)
class Page:
    """One thing shown. ``state`` is ``"passed"``, ``"open"`` or ``""``: the border's kind, beside the words."""

    title: str
    blocks: tuple[Block, ...]
    state: str = ""
    folded: bool = False

    def text(self) -> str:
        """The page as plain text."""
        return "\n".join(
            [*_wrapped(self.title, ""), *(line for block in self.blocks for line in _text(block, "  "))]
        )

    def html(self) -> str:
        """The page as HTML; states stand in words and in shape, not in colour alone."""
        title, body = escape(self.title), "".join(map(_html, self.blocks))
        if self.folded:
            whole = f'<details class="iv-whole"><summary class="iv-title">{title}</summary>{body}</details>'
        else:
            whole = f'<div class="iv-title">{title}</div>{body}'
        return f'<div class="{f"iv iv-{self.state}" if self.state else "iv"}">{whole}</div>{STYLE}'

    def markdown(self) -> str:
        """The page as Markdown, under a heading of its own."""
        return "\n\n".join([f"## {_md(self.title)}", *map(_markdown, self.blocks)])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}

    def __repr__(self) -> str:
        return self.text()


class Markdown(str):
    """A string that a notebook shows as Markdown."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return str(self)


# ── plain text ──────────────────────────────────────────────────────────────────────────────────────────────


def _wrapped(text: str, indent: str, first: str | None = None) -> list[str]:
    lines: list[str] = []
    for part in text.splitlines() or [""]:
        lead = indent if first is None or lines else first
        lines += textwrap.wrap(
            part, WIDTH, initial_indent=lead, subsequent_indent=indent, break_on_hyphens=False
        ) or [""]
    return lines


def _text(block: Block, indent: str) -> list[str]:
    match block:
        case Says(text):
            return ["", *_wrapped(f"“{text}”", indent + " " * 13, indent + "Interviewer  ")]
        case Text(text):
            return ["", *_wrapped(text, indent)]
        case Code(text):
            return [indent + "  " + line for line in text.splitlines()]
        case Grid():
            return ["", *(indent + line for line in _columns(block))]
        case Fold(known=True):
            return []
        case Fold(summary, blocks):
            return [
                "",
                *_wrapped(summary, indent),
                *(line for each in blocks for line in _text(each, indent + "  ")),
            ]


def _columns(grid: Grid) -> list[str]:
    rows = [grid.head, *grid.rows] if any(grid.head) else list(grid.rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(grid.head))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in grid.right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


# ── HTML ────────────────────────────────────────────────────────────────────────────────────────────────────


def _html(block: Block) -> str:
    match block:
        case Says(text):
            return f'<div class="iv-says"><span class="iv-who">Interviewer</span><span>“{escape(text)}”</span></div>'
        case Text(text, strong):
            return f'<div class="iv-text{" iv-strong" if strong else ""}">{escape(text)}</div>'
        case Code(text):
            return f'<pre class="iv-code">{escape(text)}</pre>'
        case Grid():
            return _table(block)
        case Fold(summary, blocks):
            return f"<details><summary>{escape(summary)}</summary>{''.join(map(_html, blocks))}</details>"


def _table(grid: Grid) -> str:
    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(
            f"<{tag}{' class=iv-num' if column in grid.right else ''}>{escape(cell)}</{tag}>"
            for column, cell in enumerate(row)
        )

    bar = "<th></th>" if grid.gauges else ""
    head = f"<thead><tr>{cells(grid.head, 'th')}{bar}</tr></thead>" if any(grid.head) else ""
    body = ""
    for row, gauge in zip(grid.rows, grid.gauges or (None,) * len(grid.rows), strict=True):
        body += f"<tr>{cells(row, 'td')}{_bar(gauge) if grid.gauges else ''}</tr>"
    return f'<div class="iv-wide"><table>{head}<tbody>{body}</tbody></table></div>'


def _bar(gauge: Gauge | None) -> str:
    if gauge is None:
        return "<td></td>"
    width = 100 * min(max(gauge.ratio, 0.0), 1.6) / 1.6
    kind = "held" if gauge.held else "broke"
    return (
        f'<td class="iv-gauge"><div class="iv-track" aria-hidden="true"><div class="iv-fill iv-{kind}" '
        f'style="width:{width:.1f}%"></div><div class="iv-limit"></div></div></td>'
    )


STYLE = """<style>
.iv{font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:var(--jp-ui-font-size1,13px);line-height:1.45;
border:1px solid #8886;border-left:6px solid #888;border-radius:4px;padding:.7em 1em .8em;margin:.4em 0;max-width:60em}
.iv.iv-passed{border-left-style:double;border-left-color:#2f8f62}
.iv.iv-open{border-left-style:dashed;border-left-color:#c2691c}
.iv .iv-title{font-weight:700}.iv summary{cursor:pointer}.iv details{margin:.7em 0 .2em}.iv details.iv-whole{margin:0}
.iv-says{display:flex;gap:.9em;margin:.7em 0;font-size:1.08em}
.iv-who{flex:none;font-size:.8em;line-height:1.8;opacity:.7;letter-spacing:.02em}
.iv-text{margin:.6em 0 .2em;white-space:pre-wrap}.iv-strong{font-weight:600}
.iv pre.iv-code{font-family:var(--jp-code-font-family,monospace);font-size:.95em;margin:.4em 0;padding:.4em .7em;
background:#8882;border-radius:3px;overflow-x:auto}
.iv-wide{overflow-x:auto}
.iv table{border-collapse:collapse;table-layout:auto!important;margin:.6em 0 .2em!important;font-size:1em}
.iv tr{background:none!important}.iv th,.iv td{text-align:left!important;padding:.2em 1.4em .2em 0!important;
border:0!important;border-bottom:1px solid #8883!important;vertical-align:middle!important;max-width:none!important}
.iv th{font-weight:600;opacity:.75}.iv td:first-child{font-weight:600}
.iv .iv-num{text-align:right!important;font-variant-numeric:tabular-nums}
.iv-gauge{width:11em}.iv-track{position:relative;width:11em;height:.7em;background:#8882;border-radius:2px}
.iv-fill{height:100%;border-radius:2px}.iv-fill.iv-held{background:#2f8f62}
.iv-fill.iv-broke{background:repeating-linear-gradient(135deg,#c2691c 0 4px,#c2691c66 4px 7px)}
.iv-limit{position:absolute;left:62.5%;top:-.25em;bottom:-.25em;border-left:2px solid currentColor}
</style>"""


# ── Markdown ────────────────────────────────────────────────────────────────────────────────────────────────


def _markdown(block: Block) -> str:
    match block:
        case Says(text):
            return f"> **Interviewer** {_md(text)}"
        case Text(text, strong):
            lines = "  \n".join(_md(line) for line in text.splitlines())
            return f"**{lines}**" if strong and "\n" not in text else lines
        case Code(text):
            return f"```python\n{text}\n```"
        case Grid():
            rule = "|".join("---:" if column in block.right else "---" for column in range(len(block.head)))
            rows = [" | ".join(map(_md, row)) for row in (block.head, *block.rows)]
            return "\n".join([f"| {rows[0]} |", f"|{rule}|", *(f"| {row} |" for row in rows[1:])])
        case Fold(summary, blocks):
            return "\n\n".join([f"*{_md(summary)}*", *map(_markdown, blocks)])


def _md(text: str) -> str:
    for mark in "\\`*_|<>[]":
        text = text.replace(mark, "\\" + mark)
    return " ".join(text.splitlines())
