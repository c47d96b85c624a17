"""The interview in a notebook: the table at which it is played, and the graded cell that judges the saved moves again."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from course.checking.report import Report
from course.notebook import predictions, progress
from course.notebook.earlier import references
from course.notebook.state import learner, on_reference

if TYPE_CHECKING:
    from course.interview import Outcome, Scenario
    from course.notebook.screens.table import Table


def interview(scenario: "Scenario", *objects: object) -> "Table":
    """The interviewer's table for ``scenario``, on the learner's own ``objects``; see :mod:`course.interview`.

    Where ``start(day, play="reference")`` was said it is on the course's own. Each prediction made at it joins those of
    the days, for the calibration chart.
    """
    from course.notebook.screens.interview import interview as sit_down

    def heard(outcome: "Outcome") -> None:
        metric = outcome.round.predicts
        name = f"{outcome.round.name} {outcome.attempt}: {scenario.name(metric)}"
        if learner() and outcome.calibration is not None:
            predictions.keep(scenario.id, name, outcome.predicted, outcome.result)

    return sit_down(
        scenario, *objects, reference=_references(scenario, objects), on_reference=on_reference(), heard=heard
    )


def replay(check_id: str, scenario: "Scenario", *objects: object, points: float) -> Report:
    """Judge the moves of ``interview.json`` again: a report with one claim a round, worth ``points``.

    Moves are decisions, and judged on the course's own implementation of ``objects``, as they are when they are graded. In
    a learner's kernel the result is added to the progress log. Moves that cannot be read are an open round, never an error.
    """
    from course.interview import replay_report

    report = replace(replay_report(scenario, *_references(scenario, objects)), points=float(points))
    if learner():
        progress.record(check_id, report, objects)
    return report


def _references(scenario: "Scenario", objects: Sequence[object]) -> tuple[Any, ...]:
    """The course's own in place of ``objects``; a mock round is of no day, and on none."""
    return references(scenario.id, objects) if objects else ()
