"""Numbers as people say and write them."""

import math
import re

SHARE = "share"
"""The unit of what lies between 0 and 1: it is not written out."""

_POINT = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?", re.ASCII)
"""Thousands marked by commas, then perhaps a point."""
_COMMA = re.compile(r"[+-]?(\d*|[1-9]\d{0,2}(\.\d{3})+),\d+(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
"""One comma as the decimal mark, then perhaps points that mark thousands before it."""


def number(value: float, unit: str = "", digits: int = 3) -> str:
    """``value`` as a person would say it: at least ``digits`` significant, thousands marked, no powers of ten from a
    millionth to a thousand billions."""
    if math.isnan(value):
        return "not measurable"
    if math.isinf(value):
        return "without bound" if value > 0 else "without bound below 0"
    power = int(f"{value:.{digits - 1}e}".partition("e")[2])  # of the value as it is rounded: 999.7 is 1,000
    if -7 < power < 15:
        text = f"{value:,.{max(0, digits - 1 - power)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = f"{value:.{digits}g}"
    unit = "" if unit == SHARE else unit
    return f"{text}{'' if unit in ('', '%', '×') else ' '}{unit}".replace("-", "−", 1 if value < 0 else 0)


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
