"""Blocks as plain text and as Markdown, for wherever HTML is not shown."""

import textwrap

from course.notebook.screens.blocks import (
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

WIDTH = 92
"""Columns of plain text."""
SPEAKER = 13
"""Columns that what is said is indented by."""


def plain(block: Block, indent: str = "  ") -> list[str]:
    """``block`` as lines of plain text, with an empty one before it where it begins anew."""
    match block:
        case Says(text, who):
            return ["", *wrapped(f"“{text}”", indent + " " * SPEAKER, f"{indent}{who:<{SPEAKER - 2}}  ")]
        case Text(lead=lead) if lead:
            return wrapped(_sentence(block), indent)
        case Code(text):
            return [f"{indent}  {line}" for line in text.splitlines()]
        case Grid():
            return ["", *(indent + line for line in _columns(block))]
        case Drawn():
            return [f"{indent}  {line}" for line in block.edges.splitlines()]
        case Promises():
            return plain(block.grid, indent)
        case Fold(unfolded="nothing"):
            return []
        case Fold(summary, unfolded="summary"):
            return ["", *wrapped(summary, indent)]
        case Fold(summary, blocks):
            inner = [line for block in blocks for line in plain(block, indent + "  ")]
            return ["", *wrapped(summary, indent), *inner]
    return ["", *wrapped(_sentence(block), indent)]


def markdown(block: Block) -> str:
    """``block`` as Markdown."""
    match block:
        case Says(text, who):
            return f"> **{escaped(who)}** {escaped(text)}"
        case Text(text, strong, lead=lead):
            lines = "  \n".join(escaped(line) for line in text.splitlines())
            told = f"**{lines}**" if strong and "\n" not in text else lines
            return f"**{escaped(lead)}:** {told}" if lead else told
        case Code(text):
            return f"```python\n{text}\n```"
        case Drawn():
            return f"```\n{block.edges}\n```"
        case Heading(text):
            return f"**{escaped(text)}**"
        case Grid():
            rule = "|".join("---:" if column in block.right else "---" for column in range(len(block.head)))
            head, *rows = (" | ".join(map(escaped, row)) for row in (block.head, *block.rows))
            return "\n".join([f"| {head} |", f"|{rule}|", *(f"| {row} |" for row in rows)])
        case Promises():
            return markdown(block.grid)
        case Fold(unfolded="nothing"):
            return ""
        case Fold(summary, unfolded="summary"):
            return escaped(summary)
        case Fold(summary, blocks):
            return "\n\n".join([f"*{escaped(summary)}*", *map(markdown, blocks)])
    return escaped(_sentence(block))


def wrapped(text: str, indent: str, first: str | None = None) -> list[str]:
    """``text`` in lines of at most :data:`WIDTH`, each after ``indent``, the first after ``first`` if given."""
    lines: list[str] = []
    for part in text.splitlines() or [""]:
        lead = indent if first is None or lines else first
        lines += textwrap.wrap(
            part, WIDTH, initial_indent=lead, subsequent_indent=indent, break_on_hyphens=False
        ) or [""]
    return lines


def escaped(text: str) -> str:
    """``text`` on one line, with no mark that Markdown would read."""
    for mark in "\\`*_|<>[]":
        text = text.replace(mark, "\\" + mark)
    return " ".join(text.splitlines())


def _sentence(block: Text | Heading | Hint | Headline | Steps | Figures | Trace) -> str:
    match block:
        case Text(text, lead=lead):
            return f"{lead}: {text}" if lead else text
        case Heading(text):
            return text
        case Hint(text):
            return f"→ {text}"
        case Headline(badge, text):
            return f"{badge}  {text}"
        case Steps(steps):
            named = [f"{at} {step.name}: {step.how}" for at, step in enumerate(steps, start=1) if step.name]
            left = sum(not step.name for step in steps)
            return " · ".join([*named, *([f"{left} more to come"] if left else [])])
        case Trace(name, before=before, after=after):
            return f"{name}: {before}, then {after}"
        case Figures(what, figures):
            return f"{what}: " + ", ".join(f"{label} {value}" for label, value in figures)


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
