"""What runs in a learner's kernel: verdicts, predictions, progress, the map, and work carried from day to day."""

from typing import Any

from course.notebook.chart import calibration
from course.notebook.daymap import finish, show_map, start
from course.notebook.earlier import mine
from course.notebook.escalation import interview, replay
from course.notebook.explained import explained
from course.notebook.grading import confirm, graded
from course.notebook.predictions import predict, reveal


def compare(*question: Any, **said: Any) -> Any:
    """A spoken answer beside its rubric: see :func:`course.notebook.comparison.compare`."""
    from course.notebook.comparison import (
        compare as beside,
    )  # with the interview's screens, which take long to import

    return beside(*question, **said)


def investigate(incident: Any) -> Any:
    """An incident drill: see :func:`course.notebook.incidents.investigate`."""
    from course.notebook.incidents import investigate as begin  # with its screens, which take long to import

    return begin(incident)


__all__ = [
    "calibration",
    "compare",
    "confirm",
    "explained",
    "finish",
    "graded",
    "interview",
    "investigate",
    "mine",
    "predict",
    "replay",
    "reveal",
    "show_map",
    "start",
]
