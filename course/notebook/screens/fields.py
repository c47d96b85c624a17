"""What the widget's fields hold: a control for each knob, and numbers as people type them."""

import math
import re
from typing import Any

from course.interview.scenario import Knob
from course.interview.words import amount

SLIDER = 1000
"""A range of more whole numbers than this is typed, not slid."""
STEPS = 500
"""At least as many steps has a slider over a range that is not of whole numbers; each is a power of ten."""
RADIO = 6
"""More choices than this become a list to open."""
_POINT = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?", re.ASCII)
"""Thousands marked by commas, then perhaps a point."""
_COMMA = re.compile(r"[+-]?(\d*|[1-9]\d{0,2}(\.\d{3})+),\d+(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
"""One comma as the decimal mark, then perhaps points that mark thousands before it."""


def control(knob: Knob, layout: Any = None) -> Any:
    """The ipywidgets control for ``knob``: a slider or a number for a range, else its choices."""
    import ipywidgets as w

    label = knob.label + (f" ({knob.unit})" if knob.unit else "")
    common = {"description": label, "value": knob.default, "layout": layout or w.Layout()}
    if knob.span is None:
        options = [(amount(choice), choice) for choice in knob.choices]
        if len(options) > RADIO:
            return w.Dropdown(options=options, **common)
        return w.RadioButtons(options=options, orientation="horizontal", **common)
    low, high = knob.span
    if knob.integer:
        kind = w.IntSlider if high - low <= SLIDER else w.BoundedIntText
        return kind(min=int(low), max=int(high), **common)
    step = 10.0 ** math.floor(math.log10((high - low) / STEPS))
    places = max(0, -math.floor(math.log10(step)))
    return w.FloatSlider(min=low, max=high, step=step, readout_format=f".{places}f", **common)


class NotANumber(ValueError):
    """A field holds something else than a finite number: a sentence."""


def read_number(text: str, unit: str = "") -> float | None:
    """The number in a field, None where it is empty: ``1200``, ``−3``, ``40 ms``, and ``8%`` for 0.08 where the unit is
    not percent. ``0,08`` and ``1.200,5`` have a decimal comma, ``1,200.5`` and ``1,200,000`` a point and thousands;
    ``1,200`` alone can be either. Raises :class:`NotANumber`, which says what to write."""
    plain = text.strip().replace("−", "-")
    if not plain:
        return None
    scale = 1.0
    if unit and plain.lower().endswith(unit.lower()):
        plain = plain[: -len(unit)]
    elif plain.endswith("%"):
        plain, scale = plain[:-1], 0.01
    elif unit == "×" and plain[-1] in "xX":
        plain = plain[:-1]
    plain = _with_a_point(plain.strip())
    try:
        number = float(plain) * scale
    except ValueError:
        raise NotANumber(f"“{_short(text)}” is no number") from None
    if not math.isfinite(number):
        raise NotANumber(f"“{_short(text)}” is no finite number")
    return number


def _with_a_point(text: str) -> str:
    """``text`` with a point as its decimal mark and no thousands marked. Raises :class:`NotANumber` where it may mean
    two numbers."""
    if _POINT.fullmatch(text) and (text.count(",") > 1 or "." in text):
        return text.replace(",", "")
    if _POINT.fullmatch(text):
        raise NotANumber(f"“{text}” is {text.replace(',', '')} or {text.replace(',', '.')}: write which")
    if _COMMA.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return text


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= 30 else text[:29] + "…"
