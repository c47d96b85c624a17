"""The calibration chart: how far each prediction was from its measurement."""

import statistics
from dataclasses import dataclass
from typing import Any

from course.checking.report import cut
from course.notebook.figures import bundle
from course.notebook.predictions import Outcome, factor, outcomes
from course.numbers import number
from course.syllabus import NoSuchDay, find

SHOWN = 30
"""Predictions that one chart holds: the latest."""


@dataclass(frozen=True)
class Calibration:
    """Predictions beside measurements, as a picture and as text."""

    outcomes: tuple[Outcome, ...]

    @property
    def finding(self) -> str:
        """What the predictions have in common: the chart's title."""
        count = len(self.outcomes)
        if not count:
            return "no prediction has been measured yet: the first comes with section 2 of a day"
        half = statistics.median(abs(outcome.log_ratio) for outcome in self.outcomes)
        high = sum(outcome.log_ratio > 0 for outcome in self.outcomes)
        low = sum(outcome.log_ratio < 0 for outcome in self.outcomes)
        lean = f"{high} too high, {low} too low"
        if count == 1:
            return f"one prediction so far, off by {factor(half)}"
        return f"half of {count} predictions are within {factor(half)}: {lean}"

    def text(self) -> str:
        """The finding, then one line a prediction."""
        rows = [
            f"  {_label(o):<46} {number(o.guess):>9} predicted {number(o.measured):>9} measured  {_way(o.log_ratio)}"
            for o in self.outcomes[-SHOWN:]
        ]
        return "\n".join([self.finding, *rows])

    def figure(self) -> Any:
        """The chart. Too high and too low differ in side, in marker and in colour."""
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine

        shown = self.outcomes[-SHOWN:]
        layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.08)
        figure = Figure(figsize=(8.5, 1.7 + 0.3 * len(shown)), dpi=80, layout=layout)
        axes = figure.add_subplot()
        reach = max(2.0, *(abs(outcome.log_ratio) for outcome in shown)) * 1.25
        for row, outcome in enumerate(shown):
            miss = outcome.log_ratio
            marker, colour = (">", "#b35900") if miss > 0 else ("<", "#1f5fa8")
            axes.plot([0, miss], [row, row], color="#777777", linewidth=1.2, zorder=1)
            axes.plot([miss], [row], marker if miss else "o", color=colour, markersize=8, zorder=2)
            side = "left" if miss > 0 else "right"
            axes.text(miss, row, f"   {factor(miss)}   ", ha=side, va="center", fontsize=8.5)
        axes.axvline(0, color="black", linewidth=1.2)
        axes.set(xlim=(-reach, reach), ylim=(len(shown) - 0.4, -0.6))
        axes.set_yticks(range(len(shown)), [_label(outcome) for outcome in shown])
        step = max(1, round(reach / 4))
        ticks = [step * n for n in range(-int(reach / step), int(reach / step) + 1)]
        axes.set_xticks(ticks, [_tick(power) for power in ticks])
        axes.grid(axis="x", color="#dddddd")
        axes.set_axisbelow(True)
        axes.set_xlabel("prediction ÷ measurement (log scale)")
        figure.suptitle(self.finding[:1].upper() + self.finding[1:], fontsize=11)
        return figure

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        if not self.outcomes:
            return {"text/plain": self.finding}
        return {"text/plain": self.text(), "text/html": bundle(self.figure())["text/html"]}

    def __repr__(self) -> str:
        return self.text()


def calibration() -> Calibration:
    """The chart of every prediction of this learner that was measured and has a ratio; show it as a cell's last line."""
    return Calibration(tuple(outcomes()))


def _label(outcome: Outcome) -> str:
    try:
        day = f"day {find(outcome.day).number}"
    except NoSuchDay:
        day = outcome.day
    return cut(f"{day} · {outcome.name}", 46)


def _way(miss: float) -> str:
    return f"{factor(miss)} too high" if miss > 0 else f"{factor(miss)} too low" if miss < 0 else "exact"


def _tick(power: int) -> str:
    return "exact" if power == 0 else f"{'×' if power > 0 else '÷'}{number(2 ** abs(power))}"
