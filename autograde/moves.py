"""An interview's moves on the reference: which of them decide, at what the reference measures.

A learner may have tried a hundred designs. Only those that hold on a right answer can earn a round, so the reference
plays all of them first, in this process and with a memory across submissions; the learner's own objects are measured
on the few that hold.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from course.checking.report import Finding, Report
from course.interview.outcome import Judgement
from course.interview.rules import binding
from course.interview.scenario import Design, Metrics, Round, Scenario
from course.interview.session import Session

_measured: dict[str, dict[tuple[object, ...], Metrics]] = {}


def remembering(scenario: Scenario) -> Scenario:
    """The scenario for the reference alone: what a design measures in a round is the same for every submission."""
    found = _measured.setdefault(scenario.id, {})

    def run(design: Design, under: Round, *reference: Any) -> Metrics:
        key = (under.name, *sorted(design.items()))
        if key not in found:
            found[key] = scenario.run(design, under, *reference)
        return found[key]

    return replace(scenario, run=run)


class _Quick(Session):
    """A session that looks no further where one promise is broken, at the newest constraint first."""

    def judge(
        self, design: Design, rounds: Sequence[Round], *, on_reference: bool = False
    ) -> tuple[Judgement, ...]:
        held: list[Judgement] = []
        for each, slos in reversed(binding(rounds)):
            verdicts = [Judgement(each.name, slo, self.measure(design, each)[slo.metric]) for slo in slos]
            if broken := [verdict for verdict in verdicts if not verdict.held]:
                return (*broken,)
            held = verdicts + held
        return tuple(held)


def decisive(
    scenario: Scenario, reference: Sequence[object], moves: Iterable[object]
) -> list[dict[str, object]]:
    """The moves that hold on the reference, in order, and the last one that was measured and does not."""
    session = _Quick(remembering(scenario), *reference)
    session.play(moves)
    kept = [outcome for outcome in session.outcomes if outcome.passed]
    if session.outcomes and not session.outcomes[-1].passed:
        kept.append(session.outcomes[-1])
    return [dict(outcome.move) for outcome in kept]


def confirmed(own: Report, reference: Report) -> Report:
    """``own``, but a round that the learner's objects passed and the reference did not is open."""
    claims = []
    for place, claim in enumerate(own.claims):
        other = reference.claims[place] if place < len(reference.claims) else None
        if claim.passed and (other is None or other.name != claim.name or not other.passed):
            finding = Finding("not-confirmed", "the same moves do not hold on a right answer")
            claim = replace(claim, finding=finding, hidden=True)
        claims.append(claim)
    return replace(own, claims=tuple(claims), whole=True)
