"""The graded half of an interview: the saved moves are played again, and measured again."""

from collections.abc import Iterable

from course.checking.report import Claim, Finding, Report, cut
from course.interview.outcome import Outcome
from course.interview.scenario import Scenario
from course.interview.session import Session
from course.interview.store import Store
from course.interview.words import limit, measured

NOT_PLAYED = "not-played"
"""Kind of the finding of a round that no measured move has reached."""


def replay_report(scenario: Scenario, *objects: object, moves: Iterable[object] | None = None) -> Report:
    """Play ``moves`` (those kept for this folder unless given) on ``objects`` and report: one claim a round.

    Claims stand in the order of play, all of equal weight; a round to come is not named. The finding of an open one is
    the promise that broke first in its last attempt, why nothing could be measured, or that it is not played yet.
    """
    session = Session(scenario, *objects)
    problem = ""
    if moves is None:
        moves, problem = Store(scenario.id).moves()
    session.play(moves)
    names = [each.name for each in session.reached]
    names += [f"round {number}" for number in range(len(names) + 1, len(scenario.rounds) + 1)]
    claims = [
        Claim(name, finding=_finding(session, number, problem)) for number, name in enumerate(names, start=1)
    ]
    return Report(
        f"{scenario.title}: the rounds",
        tuple(claims),
        printed=cut(session.printed),
        crossings=session.crossings,
        whole=True,
    )


def _finding(session: Session, number: int, problem: str) -> Finding | None:
    state = session.state
    if number < state.number:
        return None
    if number > state.number:
        return Finding(
            NOT_PLAYED, f"round {number} is not played yet", next="it opens when the rounds before are passed"
        )
    if session.fault and session.fault.finding:
        return session.fault.finding
    last = next((made for made in reversed(session.outcomes) if made.number == number), None)
    if last is not None and last.broke is not None:
        return _broke(last)
    knobs = "".join(f", {knob.name}=..." for knob in session.scenario.knobs)
    move = f"table.propose(round={number}{knobs}, predict=...)"
    return Finding(
        NOT_PLAYED,
        f"round {number} · {session.reached[-1].name} is not played yet",
        likely=problem,
        next=move,
    )


def _broke(outcome: Outcome) -> Finding:
    assert outcome.broke is not None
    design = ", ".join(f"{name}={value!r}" for name, value in outcome.design.items())
    under = "" if outcome.broke.round == outcome.round.name else f", under the load of {outcome.broke.round}"
    slo = outcome.broke.slo
    return Finding(
        f"broke-{slo.metric}",
        f"round {outcome.number} · {outcome.round.name}: {design}{under}",
        expected=f"{slo.name} {limit(slo)}",
        got=measured(outcome.broke),
        next=outcome.line,
    )
