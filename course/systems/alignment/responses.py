"""The response space: every answer that the small policy can give, as bland stand-ins with countable traits.

A response is a stance (answers, hedges, refuses), with or without a reason, with 0 to 4 kind sentences. Nothing is
ever disclosed: ``discloses`` is the *share of what was asked for that the answer gives*, and does harm only where the
prompt is labelled restricted.
"""

import numpy as np
from numpy.typing import NDArray

from course.systems.alignment.errors import UnknownResponse

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TRAIT_NAMES = ("discloses", "helps", "refuses", "explains", "reassures")
MOST_REASSURING = 4

_STANCES = {"answers": (1.0, 1.0, 0.0), "hedges": (0.3, 0.5, 0.0), "refuses": (0.0, 0.0, 1.0)}


def _space() -> tuple[tuple[str, ...], FloatArray]:
    names, rows = [], []
    for stance, (discloses, helps, refuses) in _STANCES.items():
        for explains in (0, 1):
            for kind in range(MOST_REASSURING + 1):
                names.append(stance + "+reason" * explains + (f"+kind{kind}" if kind else ""))
                rows.append((discloses, helps, refuses, float(explains), kind / MOST_REASSURING))
    return tuple(names), np.array(rows)


RESPONSES, TRAITS = _space()
"""30 names such as ``"refuses+reason+kind2"``, and their traits in [0, 1], shape (30, 5), columns TRAIT_NAMES."""

TRAITS.flags.writeable = False
_ROW = {name: row for row, name in enumerate(RESPONSES)}


def row_of(response: str) -> int:
    """The row of a response in RESPONSES and TRAITS. Raises :class:`UnknownResponse`."""
    try:
        return _ROW[response]
    except KeyError:
        raise UnknownResponse(response) from None


def trait(name: str) -> FloatArray:
    """One trait of all responses, shape (30,)."""
    return TRAITS[:, TRAIT_NAMES.index(name)]
