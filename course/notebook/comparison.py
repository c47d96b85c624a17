"""`compare`: a spoken answer beside its rubric, point by point, with evidence; the strong and the weak answer come last."""

import contextlib
import sys

from course.notebook.screens.comparison import Comparison
from course.notebook.screens.interview import in_a_notebook
from course.notebook.screens.page import Page
from course.notebook.spoken import NotYet
from course.notebook.state import learner
from course.syllabus import find


def compare(
    day: int | str,
    question: int,
    *,
    clock: str = "",
    lock: bool = False,
    score: int | None = None,
    sentence: str = "",
    number: str = "",
) -> Comparison | Page | None:
    """Compare the answer to a day's spoken ``question`` with its rubric: on a screen where a notebook can show one, else
    where it stands and the line that goes on, in text. None where a grader runs.

    Each argument is a line of text for what a button does. ``clock="start"`` and ``clock="stop"`` time two minutes of
    speech. ``lock=True`` locks the answer that is written and saved, and shows the rubric's first point; ``score`` (0, 1
    or 2), for 1 and 2 with a ``sentence`` of the answer, for 2 also with a ``number`` that was measured, marks the point
    and shows the next. After the last come the strong and the weak answer.
    """
    if not learner():
        return None
    comparison = Comparison(find(day), question, _widget)
    problem = ""
    if clock:
        comparison.clock(running=clock == "start")
    if lock:
        with contextlib.suppress(NotYet):  # its page says why
            comparison.lock()
    if score is not None and (missing := comparison.mark(score, sentence, number)):
        problem = f"Not kept: {missing}."
    if clock or lock or score is not None:
        _follow(comparison)
        return comparison.page(problem)
    return comparison


def _widget(comparison: Comparison) -> None:
    """Show the widget of ``comparison``; raises NotImplementedError where there are no widgets."""
    if not in_a_notebook():
        raise NotImplementedError
    try:
        from course.notebook.screens.comparer import show
    except ImportError:
        raise NotImplementedError from None
    show(comparison)


def _follow(comparison: Comparison) -> None:
    """Let an open widget of the same question show what a line of text has changed."""
    if shown := sys.modules.get("course.notebook.screens.comparer"):
        shown.follow(comparison)
