"""The chart of spoken answers: what one gave oneself for each, with its words and its time, over the days."""

import statistics
from dataclasses import dataclass
from typing import Any

from course.notebook import spoken
from course.notebook.figures import bundle
from course.notebook.spoken import POINTS, Answered
from course.numbers import number

SHOWN = 30
"""Answers that one chart holds: the latest."""
MOST = 2 * POINTS


@dataclass(frozen=True)
class Explained:
    """The spoken answers that were compared with their rubric, as a picture and as text; they earn no points."""

    answers: tuple[Answered, ...]

    @property
    def finding(self) -> str:
        """What they have in common: the chart's title."""
        scores = [answer.score for answer in self.answers]
        if not scores:
            return "no spoken answer has been compared yet: section 7 of a day asks for two"
        if len(scores) == 1:
            return f"one spoken answer so far: {scores[0]} of {MOST} by your own count"
        median = number(statistics.median(scores))
        return f"half of {len(scores)} spoken answers earn {median} of {MOST} or more by your own count"

    def text(self) -> str:
        """The finding, then one line an answer."""
        rows = [
            f"  {_label(answer):<24} {answer.score} of {MOST}  {_length(answer)}"
            for answer in self.answers[-SHOWN:]
        ]
        return "\n".join([self.finding, *rows])

    def figure(self) -> Any:
        """The chart: a row an answer, in the order in which they were compared."""
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine

        shown = self.answers[-SHOWN:]
        layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.08)
        figure = Figure(figsize=(8.5, 1.7 + 0.3 * len(shown)), dpi=80, layout=layout)
        axes = figure.add_subplot()
        for row, answer in enumerate(shown):
            axes.plot([0, answer.score], [row, row], color="#777777", linewidth=1.2, zorder=1)
            axes.plot([answer.score], [row], "o", color="#1f5fa8", markersize=8, zorder=2)
            axes.text(answer.score, row, f"   {_length(answer)}", va="center", fontsize=8.5)
        axes.set(xlim=(-0.2, MOST + 2.2), ylim=(len(shown) - 0.4, -0.6))
        axes.set_xticks(range(MOST + 1))
        axes.set_yticks(range(len(shown)), [_label(answer) for answer in shown])
        axes.grid(axis="x", color="#dddddd")
        axes.set_axisbelow(True)
        axes.set_xlabel(f"own score, of {MOST}")
        figure.suptitle(self.finding[:1].upper() + self.finding[1:], fontsize=11)
        return figure

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        if not self.answers:
            return {"text/plain": self.finding}
        return {"text/plain": self.text(), "text/html": bundle(self.figure())["text/html"]}

    def __repr__(self) -> str:
        return self.text()


def explained() -> Explained:
    """The chart of every spoken answer of this learner that was compared to its end; show it as a cell's last line."""
    return Explained(tuple(spoken.compared()))


def _label(answer: Answered) -> str:
    return f"day {int(answer.day.removeprefix('day'))} · question {answer.question}"


def _length(answer: Answered) -> str:
    minutes, seconds = divmod(round(answer.seconds), 60)
    return f"{answer.words} words" + (f" in {minutes}:{seconds:02d}" if answer.seconds else "")
