"""Matplotlib's figures as a notebook shows them: at twice the pixels, with a text, and with their data in a fold."""

import base64
import io
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

ZOOM = 2
"""Pixels of the picture for each one that it takes on the page."""
ROWS = 60
"""Rows of a figure's data that its fold holds."""


def bundle(figure: Any) -> dict[str, str]:
    """A figure as HTML and as text, in the form of Jupyter's ``_repr_mimebundle_``."""
    said, tables = finding(figure), list(_tables(figure))
    data, width = _png(figure)
    fold = "".join(f"{_html(table)}" for table in tables)
    fold = f"<details><summary>The data of this picture</summary>{fold}</details>" if fold else ""
    picture = f'<img src="data:image/png;base64,{data}" alt="{escape(said)}" width="{width}">'
    return {
        "text/html": f'<figure class="course-figure">{picture}{fold}</figure>{STYLE}',
        "text/plain": "\n".join([said, *map(_text, tables)]),
    }


def finding(figure: Any) -> str:
    """What a figure says: the titles, which state findings, and what is drawn on which axes."""
    whole = [figure.get_suptitle()] if figure.get_suptitle() else []
    parts = []
    for axes in figure.axes:
        if not axes.get_visible():
            continue
        said = [title for where in ("left", "center", "right") if (title := axes.get_title(loc=where))]
        drawn = (
            [f"{axes.get_ylabel()} against {axes.get_xlabel()}"]
            if axes.get_ylabel() and axes.get_xlabel()
            else []
        )
        parts.append(": ".join([*said, *drawn]))
    return ". ".join(part.replace("\n", " ") for part in [*whole, *parts] if part) or "a plot without a title"


def use(shell: Any) -> None:
    """Let a kernel show its figures so. Imports nothing: a kernel that draws nothing loads no Matplotlib."""
    shell.config.InlineBackend.figure_formats = set()
    shell.display_formatter.mimebundle_formatter.for_type_by_name("matplotlib.figure", "Figure", _shown)


def _shown(figure: Any, include: Any = None, exclude: Any = None) -> dict[str, str]:
    return bundle(figure)


def _png(figure: Any) -> tuple[str, int]:
    """The picture as base64, and the width at which it stands; white in both themes, as its colours were chosen on white."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=ZOOM * figure.dpi, bbox_inches="tight", facecolor="white")
    data = file.getvalue()
    return base64.b64encode(data).decode(), int.from_bytes(data[16:20], "big") // ZOOM


Table = tuple[list[str], list[list[str]]]
"""Heads and rows."""


def _tables(figure: Any) -> Iterator[Table]:
    """The points of each figure's lines, a table for those of one axes that share their places on its x-axis."""
    for axes in figure.axes:
        groups: dict[tuple[float, ...], list[tuple[str, Sequence[float]]]] = {}
        for line in axes.get_lines():
            places = tuple(map(float, line.get_xdata(orig=False)))
            if len(places) > 2:  # a line of two points is a mark
                name = line.get_label()
                name = axes.get_ylabel() or "value" if name.startswith("_") else name
                groups.setdefault(places, []).append((name, line.get_ydata(orig=False)))
        for places, series in groups.items():
            rows = [
                list(map(_number, row)) for row in zip(places, *(values for _, values in series), strict=True)
            ]
            yield (
                [axes.get_xlabel() or "x", *(name for name, _ in series)],
                rows[:: max(1, len(rows) // ROWS)],
            )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _html(table: Table) -> str:
    heads, rows = table
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _text(table: Table) -> str:
    heads, rows = table
    return "\n".join(" · ".join(row) for row in [heads, *rows])


STYLE = """<style>
.course-figure{margin:.4em 0!important;overflow-x:auto}
.course-figure img{max-width:max(100%,440px)!important;height:auto;background:#fff;border-radius:3px}
.course-figure summary{font-family:var(--jp-ui-font-family,sans-serif);font-size:12.5px;cursor:pointer}
.course-figure summary:focus-visible{outline:2px solid currentColor;outline-offset:2px}
.course-figure table{margin:.3em 0!important;font-variant-numeric:tabular-nums}
.course-figure td,.course-figure th{text-align:right!important}
</style>"""
