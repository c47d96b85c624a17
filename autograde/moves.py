"""An interview's moves on the reference: they are decisions, and earn their points whether or not the code is finished.

What a design measures on the reference is the same for every submission, so it is measured once for a whole class.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from course.checking.report import Report
from course.interview.replay import DEADLINE, TOO_LATE, replay_report
from course.interview.scenario import Design, Metrics, Round, Scenario

REMEMBERED = 5_000
"""Measurements of one day that are kept."""

_measured: dict[str, dict[tuple[object, ...], Metrics]] = {}


def judged(scenario: Scenario, reference: Sequence[object], moves: Sequence[object]) -> tuple[Report, str]:
    """One claim a round; and the limit that was hit, "" for none."""
    report = replay_report(_remembering(scenario), *reference, moves=moves)
    late = any(finding.kind == TOO_LATE for finding in report.findings)
    return report, f"more than {DEADLINE:g} s of processor time for the designs of one round" if late else ""


def _remembering(scenario: Scenario) -> Scenario:
    found = _measured.setdefault(scenario.id, {})

    def run(design: Design, under: Round, *reference: Any) -> Metrics:
        key = (under.name, *sorted(design.items()))
        if key not in found:
            if len(found) >= REMEMBERED:
                found.clear()
            found[key] = scenario.run(design, under, *reference)
        return found[key]

    return replace(scenario, run=run)
