"""The graded half of an interview: the saved moves are judged again, on the course's own implementation."""

import contextlib
from collections.abc import Iterable
from dataclasses import replace
from time import process_time

from course.checking.report import Claim, Finding, Report, cut
from course.interview.outcome import Judgement, broken_first
from course.interview.scenario import Refused, Scenario, Value
from course.interview.session import MAX_MOVES, Session, fault
from course.interview.store import Store
from course.interview.words import limit, measured

NOT_PLAYED, TOO_MANY, TOO_LATE = "not-played", "too-many", "too-late"
"""Kinds of the finding of a round that no move has reached, and of one whose cap or deadline was hit."""
CAP, DEADLINE = 20, 5.0
"""Moves that are judged in one round, the latest first, and processor seconds after which no more are."""


def replay_report(
    scenario: Scenario,
    *reference: object,
    moves: Iterable[object] | None = None,
) -> Report:
    """Judge ``moves`` (those kept for this folder unless given) on ``reference``, the course's own objects: one claim a
    round, in order, all of equal weight.

    A round is passed if one of its moves holds in it and in what still binds of those before. Moves are decisions: what
    the learner's own code measures is no part of it. A round tries its latest moves first, at most :data:`CAP` of them, and
    none after :data:`DEADLINE` processor seconds; where that ended the search, the finding's kind says so. A round to come
    is not named.
    """
    session = Session(scenario, *reference, reference=reference)
    problem = ""
    if moves is None:
        moves, problem = Store(scenario.id).moves()
    by_round: dict[int, list[object]] = {}
    for move in list(moves)[:MAX_MOVES]:
        if isinstance(move, dict) and type(move.get("round")) is int:
            by_round.setdefault(move["round"], []).append(move)
    if by_round:  # what the first run of all reads, such as a corpus, counts in no round's deadline; what fails, fails there too
        with contextlib.suppress(Exception):
            session.judge(scenario.design(scenario.reference(scenario.rounds[0])), scenario.rounds[:1])
    claims: list[Claim] = []
    for number, current in enumerate(scenario.rounds, start=1):
        made = by_round.get(number, [])
        is_open = all(claim.passed for claim in claims)
        finding = _judge(session, number, made) if made else _not_played(session, number, is_open, problem)
        # A round has no hidden half, so feedback may say why it is open.
        open_ = finding and replace(finding, secret=False)
        claims.append(Claim(current.name if made or is_open else f"round {number}", finding=open_))
    return Report(
        f"{scenario.title}: the rounds",
        tuple(claims),
        printed=cut(session.printed),
        crossings=session.crossings,
        whole=True,
    )


def _judge(session: Session, number: int, moves: list[object]) -> Finding | None:
    """Why none of the moves of a round holds; None where one does. The finding is the latest move's own."""
    scenario, found, began, tried = session.scenario, None, process_time(), 0
    seen: list[dict[str, Value]] = []
    for move in reversed(moves):
        try:
            design = session.read(move, number)
        except Refused as refusal:
            found = found or Finding(NOT_PLAYED, f"round {number}: a move is not run", next=str(refusal))
            continue
        if design in seen:
            continue
        if tried >= CAP:
            return Finding(TOO_MANY, f"round {number}: its latest {CAP} designs fail, and no more are judged")
        if process_time() - began > DEADLINE:
            return Finding(
                TOO_LATE, f"round {number}: {tried} designs were judged in {DEADLINE:g} s, and no more are"
            )
        seen.append(design)
        tried += 1
        try:
            broke = broken_first(session.judge(design, scenario.rounds[:number]))
        except Exception as error:
            found = found or fault(error, f"round {number} · {scenario.rounds[number - 1].name}")
            continue
        if broke is None:
            return None
        found = found or _broke(session, number, design, broke)
    return found


def _not_played(session: Session, number: int, is_open: bool, problem: str) -> Finding:
    scenario = session.scenario
    if not is_open:
        what = f"round {number} is not played yet"
        return Finding(NOT_PLAYED, what, next="it opens when the rounds before are passed")
    what = f"round {number} · {scenario.rounds[number - 1].name} is not played yet"
    knobs = "".join(f", {knob.name}=..." for knob in scenario.knobs)
    move = f"table.propose(round={number}{knobs}, predict=...)"
    return Finding(NOT_PLAYED, what, likely=problem, next=move)


def _broke(session: Session, number: int, design: dict[str, Value], broke: Judgement) -> Finding:
    current = session.scenario.rounds[number - 1]
    said = ", ".join(f"{name}={value!r}" for name, value in design.items())
    under = "" if broke.round == current.name else f", under the load of {broke.round}"
    return Finding(
        f"broke-{broke.slo.metric}",
        f"round {number} · {current.name}: {said}{under}",
        expected=f"{broke.slo.name} {limit(broke.slo)}",
        got=measured(broke),
        next=session.probe(broke),
    )
