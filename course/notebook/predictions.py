"""Predictions: a guess that is locked before anything runs, and later set beside what was measured."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from course.notebook import journal
from course.notebook.state import learner, state
from course.numbers import number

FILE = "predictions.jsonl"


@dataclass(frozen=True)
class Prediction:
    """What the learner said before running: a number, one of several choices, or nothing yet (``value`` is None)."""

    day: str
    name: str
    value: float | str | None
    unit: str = ""

    def mark(self, axes: Any, axis: str = "y") -> None:
        """Draw the guess on matplotlib ``axes`` as a dashed line at its value on ``axis`` (``"x"``, ``"y"``).

        Its label stands outside, at the end of the line, where no curve runs under it.
        """
        if not isinstance(self.value, float):
            return
        said = number(self.value, self.unit)
        style = {"color": "black", "linestyle": "--", "linewidth": 1.2}
        note = {"textcoords": "offset points", "fontsize": 9, "color": "black", "annotation_clip": False}
        if axis == "y":
            axes.axhline(self.value, **style)
            at, where, text = (1.0, self.value), axes.get_yaxis_transform(), f"your prediction:\n{said}"
            axes.annotate(text, at, xycoords=where, xytext=(4, 0), va="center", **note)
        else:
            axes.axvline(self.value, **style)
            at, where, text = (self.value, 0.0), axes.get_xaxis_transform(), f"your prediction: {said}"
            axes.annotate(text, at, xycoords=where, xytext=(0, -20), va="top", ha="center", **note)
            axes.xaxis.labelpad += 15  # a row between the ticks and the axis's own label


@dataclass(frozen=True)
class Outcome:
    """A prediction that met its measurement."""

    day: str
    name: str
    guess: float
    measured: float

    @property
    def log_ratio(self) -> float:
        """log2(guess / measured): 0 is exact, 1 is twice too high, −1 half. Held within ±60."""
        return _log_ratio(self.guess, self.measured)


def predict(
    day: str,
    name: str,
    guess: object,
    *,
    between: tuple[float, float] | None = None,
    choices: Sequence[str] | None = None,
    unit: str = "",
) -> Prediction:
    """Lock the learner's ``guess`` of what ``name`` will measure: the first one that is given stays.

    A number (inside ``between``, ends included), or one of ``choices``. What is neither is said in one line and is no
    guess; nothing raises. Where no learner works, the guess is taken as it is and nothing is kept.
    """
    value, problem = _valid(guess, between, choices)
    wanted = _wanted(between, choices)
    if not learner():
        return Prediction(day, name, value, unit)
    first = _locked(day, name)
    if first is None and value is not None:
        journal.append(state() / FILE, {"day": day, "name": name, "guess": value})
        print(f"locked: {name} = {_show(value, unit)}")
        return Prediction(day, name, value, unit)
    if first is None:
        reason = f"{problem} is no prediction" if problem else "no prediction yet"
        print(f"{reason}: write {wanted} after `guess =` and run this cell again")
    elif value == first or guess is None:
        print(f"locked: {name} = {_show(first, unit)}")
    else:
        now = problem if value is None else _show(value, unit)
        print(f"locked: {name} = {_show(first, unit)}. Your first prediction stands; {now} came after it")
    return Prediction(day, name, first, unit)


def reveal(
    prediction: Prediction,
    measured: float | str,
    unit: str = "",
    plot: Callable[[Prediction], object] | None = None,
) -> None:
    """Set ``measured`` beside ``prediction`` and say by what factor it missed, then call ``plot(prediction)``, which
    marks the guess (:meth:`Prediction.mark`). Without a prediction: one line and no picture.
    """
    unit = unit or prediction.unit
    if prediction.value is None:
        print(f"no prediction, no picture: predict “{prediction.name}” first, then run this cell again")
        return
    result = measured if isinstance(measured, str) else float(measured)
    if learner():
        _keep(prediction, result)
    print(
        f"{prediction.name}\n  predicted  {_show(prediction.value, unit)}\n  measured   {_show(result, unit)}"
    )
    print(f"  {_verdict(prediction.value, result, unit)}")
    if plot is not None:
        plot(Prediction(prediction.day, prediction.name, prediction.value, unit))


def keep(day: str, name: str, guess: float, measured: float) -> None:
    """Lock a guess together with its measurement, unless ``name`` has a guess already: the first one stands."""
    if _locked(day, name) is None:
        journal.append(state() / FILE, {"day": day, "name": name, "guess": guess, "measured": measured})


def outcomes() -> list[Outcome]:
    """Every numeric prediction that was measured, in the order of the guesses; both positive, so that a ratio exists."""
    guesses: dict[tuple[str, str], float | str] = {}
    measured: dict[tuple[str, str], float | str] = {}
    for key, line in _lines():
        if _is_value(line.get("guess")):
            guesses.setdefault(key, line["guess"])
        if _is_value(line.get("measured")):
            measured[key] = line["measured"]
    met = [(key, guess, measured[key]) for key, guess in guesses.items() if key in measured]
    return [
        Outcome(*key, float(guess), float(measured))
        for key, guess, measured in met
        if _has_ratio(guess, measured)
    ]


def factor(log_ratio: float) -> str:
    """By what factor something missed: ``×2.1``, whatever the direction."""
    return f"×{number(2 ** abs(log_ratio))}"


def _log_ratio(guess: float, measured: float) -> float:
    return max(-60.0, min(60.0, math.log2(guess) - math.log2(measured)))


def _valid(
    guess: object, between: tuple[float, float] | None, choices: Sequence[str] | None
) -> tuple[float | str | None, str]:
    """The guess as a value, or None and what is wrong with it ("" where there simply is none)."""
    if guess is None or guess is ...:
        return None, ""
    if choices is not None:
        match = [
            choice for choice in choices if isinstance(guess, str) and guess.strip().lower() == choice.lower()
        ]
        return (match[0], "") if match else (None, repr(guess)[:60])
    try:
        value = math.nan if isinstance(guess, bool | str | bytes) else float(guess)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    inside = math.isfinite(value) and (between is None or between[0] <= value <= between[1])
    return (value, "") if inside else (None, repr(guess)[:60])


def _wanted(between: tuple[float, float] | None, choices: Sequence[str] | None) -> str:
    if choices is not None:
        return "one of " + ", ".join(f'"{choice}"' for choice in choices)
    return f"a number from {between[0]:g} to {between[1]:g}" if between else "a number"


def _verdict(guess: float | str, measured: float | str, unit: str) -> str:
    if isinstance(guess, str) or isinstance(measured, str):
        return "as you predicted" if guess == measured else "not what you predicted"
    if guess == measured:
        return "exactly what you predicted"
    way = "too high" if guess > measured else "too low"
    if _has_ratio(guess, measured):
        miss = _log_ratio(guess, measured)
        return "within 1%" if abs(miss) < math.log2(1.01) else f"missed by {factor(miss)}, {way}"
    return f"missed by {number(abs(guess - measured), unit)}, {way}" if math.isfinite(measured) else way


def _has_ratio(guess: float | str, measured: float | str) -> bool:
    return (
        not isinstance(guess, str) and not isinstance(measured, str) and guess > 0 and 0 < measured < math.inf
    )


def _show(value: float | str, unit: str) -> str:
    return value if isinstance(value, str) else number(value, unit)


def _is_value(value: object) -> bool:
    return isinstance(value, int | float | str) and not isinstance(value, bool)


def _lines() -> list[tuple[tuple[str, str], dict[str, Any]]]:
    return [((str(line.get("day")), str(line.get("name"))), line) for line in journal.read(state() / FILE)]


def _locked(day: str, name: str) -> float | str | None:
    kept = (line["guess"] for key, line in _lines() if key == (day, name) and _is_value(line.get("guess")))
    first = next(kept, None)
    return first if first is None or isinstance(first, str) else float(first)


def _keep(prediction: Prediction, measured: float | str) -> None:
    """Add the measurement, unless the last one was the same."""
    key = (prediction.day, prediction.name)
    before = [line["measured"] for name, line in _lines() if name == key and "measured" in line]
    if before[-1:] != [measured]:
        journal.append(state() / FILE, {"day": key[0], "name": key[1], "measured": measured})
