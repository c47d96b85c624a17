"""Blocks as HTML. States stand in words and in shapes, not in colour alone; every text is escaped here."""

from collections.abc import Iterable, Sequence
from html import escape

from course.notebook.screens.blocks import (
    YOU,
    Block,
    Code,
    Drawn,
    Figures,
    Fold,
    Grid,
    Heading,
    Headline,
    Hint,
    Promises,
    Says,
    Steps,
    Text,
    Trace,
)
from course.notebook.screens.path_picture import picture
from course.notebook.screens.plot import promises_table
from course.notebook.screens.trace import drawn

MARKS = {"passed": "✓ ", "now": "▸ ", "to come": "· "}


def html(blocks: Iterable[Block]) -> str:
    """``blocks`` one under another, without a style: :data:`course.notebook.screens.look.BLOCKS` is theirs."""
    return "".join(map(_html, blocks))


def _html(block: Block) -> str:
    match block:
        case Says():
            return _says(block)
        case Text(text, strong, quiet, lead):
            kind = "iw-text" + " iw-strong" * strong + " iw-quiet" * quiet
            return f'<div class="{kind}">{f"<b>{escape(lead)}</b> " if lead else ""}{escape(text)}</div>'
        case Code(text):
            return f'<pre class="iw-code">{escape(text)}</pre>'
        case Heading(text):
            return f'<div class="iw-h">{escape(text)}</div>'
        case Hint(text):
            return f'<div class="iw-hint" role="status">{escape(text)}</div>'
        case Headline(badge, text, held):
            kind = "held" if held else "broke"
            return (
                f'<div class="iw-headline" role="alert"><span class="iw-badge iw-{kind}">{escape(badge)}</span>'
                f"{escape(text)}</div>"
            )
        case Steps():
            return _steps(block)
        case Figures(what, figures):
            tiles = "".join(
                f"<div><span>{escape(label)}</span><b>{escape(value)}</b></div>" for label, value in figures
            )
            return f'<div class="iw-tiles"><div class="iw-what">{escape(what)}</div>{tiles}</div>'
        case Grid():
            return _grid(block)
        case Promises():
            return promises_table(block)
        case Drawn(path, single):
            return picture(path, single)
        case Trace():
            return drawn(block)
        case Fold(summary, blocks):
            return f"<details><summary>{escape(summary)}</summary>{html(blocks)}</details>"


def _says(block: Says) -> str:
    kind = "iw-you" if block.who == YOU else "iw-says"
    latest = " iw-latest" if block.latest else ""
    return (
        f'<div class="{kind}{latest}"><div class="iw-who">{escape(block.who)}</div>'
        f'<div class="iw-line">{escape(block.text)}</div></div>'
    )


def _steps(block: Steps) -> str:
    items = ""
    for at, step in enumerate(block.steps, start=1):
        here = ' class="iw-at" aria-current="step"' if step.state == "now" else ""
        items += f'<li title="{escape(step.how or step.state)}"{here}>{MARKS[step.state]}{at} {escape(step.name)}</li>'
    return f'<ol class="iw-steps" aria-label="rounds">{items}</ol>'


def _grid(grid: Grid) -> str:
    def row(texts: Sequence[str], tag: str) -> str:
        kinds = [" class=iw-num" if column in grid.right else "" for column in range(len(texts))]
        tags = [tag if text else "td" for text in texts]  # an empty head names no column
        cells = (
            f"<{tag}{kind}>{escape(text)}</{tag}>" for tag, kind, text in zip(tags, kinds, texts, strict=True)
        )
        return f"<tr>{''.join(cells)}</tr>"

    head = f"<thead>{row(grid.head, 'th')}</thead>" if any(grid.head) else ""
    body = "".join(row(texts, "td") for texts in grid.rows)
    return f'<div class="iw-wide"><table class="iw-table iw-grid">{head}<tbody>{body}</tbody></table></div>'
