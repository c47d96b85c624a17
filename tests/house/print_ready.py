"""Whether a figure can be read in grey: the lightness of its colours, and what else sets its series apart."""

from itertools import combinations
from typing import Any

from matplotlib.colors import to_rgb

TEXT = 4.5
"""WCAG's contrast of text with its ground."""
APART = 1.5
"""Contrast at which two greys are told apart side by side."""


def lightness(colour: Any) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return sum(share * c for share, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True))


def contrast(one: Any, other: Any) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((lightness(one), lightness(other)))
    return (high + 0.05) / (low + 0.05)


def alike(figure: Any) -> list[str]:
    """Pairs of series on the same place that a grey print shows alike: same stroke, same mark, much the same lightness."""
    found = []
    drawn = [line for axes in figure.axes for line in axes.get_lines() if len(line.get_xdata()) > 2]
    lines = [line for line in drawn if line.get_label() != "_nolegend_"]  # the caps of error bars
    for one, other in combinations(lines, 2):
        if one.axes.get_position().bounds != other.axes.get_position().bounds or _stroke(one) != _stroke(
            other
        ):
            continue
        if (near := contrast(one.get_color(), other.get_color())) < APART:
            found.append(f"{one.get_label()} and {other.get_label()}: {near:.2f} apart, and the same stroke")
    return found


def faint(figure: Any) -> list[str]:
    """Texts of a figure on white that have too little contrast."""
    import matplotlib.text

    return [
        f"{text.get_text()!r}: {found:.1f}"
        for text in figure.findobj(matplotlib.text.Text)
        if text.get_visible() and text.get_text().strip()
        if (found := contrast(text.get_color(), _ground(text))) < TEXT
    ]


def _stroke(line: Any) -> tuple[object, ...]:
    return line.get_linestyle(), line.get_marker(), line.get_fillstyle()


def _ground(text: Any) -> Any:
    """The colour under a text: that of the rectangle in which it stands, else white."""
    from matplotlib.patches import Rectangle

    axes = text.axes
    if axes is not None and text.get_transform() == axes.transData:
        for patch in reversed(axes.patches):
            if isinstance(patch, Rectangle) and patch.get_bbox().contains(*text.get_position()):
                return patch.get_facecolor()
    return "white"
