"""The interview in a notebook: the table at which it is played, and the graded cell that plays the saved moves again."""

from dataclasses import replace
from typing import TYPE_CHECKING

from course.notebook import progress
from course.notebook.state import learner
from course.report import Report

if TYPE_CHECKING:
    from course.interview import Scenario, Table


def interview(scenario: "Scenario", *objects: object) -> "Table":
    """The interviewer's table for ``scenario``, on the learner's own ``objects``; see :mod:`course.interview`."""
    from course.interview import interview as sit_down

    return sit_down(scenario, *objects)


def replay(check_id: str, scenario: "Scenario", *objects: object, points: float) -> Report:
    """Play the moves of ``interview.json`` again on ``objects``: a report with one claim a round, worth ``points``.

    In a learner's kernel the result is added to the progress log. Moves that cannot be read are an open round, never
    an error.
    """
    from course.interview import replay_report

    report = replace(replay_report(scenario, *objects), points=float(points))
    if learner():
        progress.record(check_id, report, objects)
    return report
