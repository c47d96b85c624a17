"""A graph over time as a small curve, between the words of its two levels."""

from html import escape

from course.notebook.screens.blocks import Trace

WIDTH, HEIGHT, EDGE = 260, 40, 3


def drawn(block: Trace) -> str:
    """The name, the level before, the curve from 0 up with a line where it happened, and the level since."""
    high = max(block.values) or 1.0
    step = WIDTH / max(1, len(block.values) - 1)
    points = " ".join(
        f"{place * step:.1f},{HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * value / high:.1f}"
        for place, value in enumerate(block.values)
    )
    since = f"{block.at * step:.1f}"
    told = f"{block.name}: {block.before}, then {block.after}"
    return (
        f'<div class="iw-trace"><span><b>{escape(block.name)}</b></span><span>{escape(block.before)}, then '
        f"<b>{escape(block.after)}</b></span>"
        f'<svg width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escape(told)}">'
        f'<line x1="{since}" y1="0" x2="{since}" y2="{HEIGHT}" class="iw-since"/>'
        f'<polyline points="{points}" class="iw-curve"/></svg></div>'
    )
