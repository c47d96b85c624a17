"""The gate of an interview: what must be true of a scenario before anyone plays it.

That its rounds hurt is searched for in :mod:`course.interview.proof`.
"""

import itertools
import math
from collections.abc import Iterator, Sequence

from course.interview import before
from course.interview.cards import KINDS, Complexity, Drill, Tenfold
from course.interview.drills import exponents, tenfold
from course.interview.outcome import Judgement, broken_first
from course.interview.scenario import Design, Refused, Scenario, Value
from course.interview.session import Session

ROUNDS, MOCK_ROUNDS, KNOBS, MOCK_KNOBS = (4, 6), (5, 8), 4, 5
"""Fewest and most rounds of a day and of a mock round, and the most knobs of each."""
_MEASURE = "Mend: let run give every metric for every design in bounds, under every load"


def check_scenario(scenario: Scenario, *objects: object) -> list[str]:
    """What is the matter with ``scenario`` when it is played on ``objects``, the reference's: a sentence each, with
    the mend; empty where nothing is. Everything that the data alone can show comes before anything is run."""
    problems = [*_shape(scenario), *_texts(scenario)]
    if problems:
        return problems
    session = Session(scenario, *objects)
    problems = [*_runs(session, objects)]
    if problems:
        return problems
    try:
        return [*_holds(session), *_naive(scenario, objects), *_drills(session)]
    except Exception as error:
        return [f"a design of the reference cannot be measured in every round: {_error(error)}. {_MEASURE}"]


def _shape(scenario: Scenario) -> Iterator[str]:
    low, high = MOCK_ROUNDS if scenario.mock else ROUNDS
    if not low <= len(scenario.rounds) <= high:
        yield f"{len(scenario.rounds)} rounds. Mend: write {low} to {high}"
        return
    most = MOCK_KNOBS if scenario.mock else KNOBS
    if not 1 <= len(scenario.knobs) <= most:
        yield f"{len(scenario.knobs)} knobs. Mend: keep the one to {most} that the trade-off turns on"
    for what, names in (
        ("round", [each.name for each in scenario.rounds]),
        ("knob", [knob.name for knob in scenario.knobs]),
    ):
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"two {what}s are called {name!r}. Mend: give each a name of its own"
    for knob in scenario.knobs:
        if not knob.name.isidentifier() or knob.name in ("self", "round", "predict"):
            yield f"a knob is called {knob.name!r}. Mend: use a word that can be a keyword argument, not round or predict"
        if knob.span and not (math.isfinite(knob.span[0]) and knob.span[0] < knob.span[1] < math.inf):
            yield f"knob {knob.name} goes from {knob.span[0]} to {knob.span[1]}. Mend: give finite bounds, the lower first"
        elif not knob.span and (
            len(knob.choices) < 2 or any(type(choice) not in (int, float, str) for choice in knob.choices)
        ):
            yield f"knob {knob.name} has choices {knob.choices}. Mend: give at least two numbers or words, or (low, high, integer)"
        else:
            try:
                knob.read(knob.default)
            except Refused as refusal:
                yield f"the default of {refusal}. Mend: start the knob at one of its values"
    budgets = {slo.metric for each in scenario.rounds for slo in each.slos}
    for place, each in enumerate(scenario.rounds):
        if not each.slos:
            yield f"round {each.name!r} has no budget. Mend: state one in numbers"
        if any(not math.isfinite(slo.limit) for slo in each.slos):
            yield f"round {each.name!r} has a limit that is no finite number. Mend: state it in numbers"
        metrics = [slo.metric for slo in each.slos]
        if len(set(metrics)) < len(metrics):
            yield f"round {each.name!r} has two budgets for one metric. Mend: keep the one that binds"
        if place and each.presses not in budgets:
            yield f"round {each.name!r} presses {each.presses!r}, which no round has a budget for. Mend: name the metric that it attacks"
    if scenario.before is not None and held_to_all(scenario):
        known = [value for value in scenario.rounds[0].load.values() if isinstance(value, int | float)]
        known += [slo.limit for slo in scenario.rounds[0].slos]
        yield from before.problems(scenario.before, scenario.opening, scenario.clarify, known)
        yield from _cards(scenario, budgets)
    for metric in sorted(budgets - set(scenario.probes)):
        yield f"no probe for {metric!r}. Mend: write what the interviewer asks when its budget broke first"
    for metric in sorted(set(scenario.safety) - budgets):
        yield f"safety names {metric!r}, which no round has a budget for. Mend: give it one, or take it out"
    for metric in sorted(set(scenario.probes) - budgets):
        yield f"a probe for {metric!r}, which no round has a budget for. Mend: remove it, or add the budget"


def held_to_all(scenario: Scenario) -> bool:
    """Whether the scenario is written to the whole contract. One without ``before`` is older: neither its cards nor the
    proof of its rounds (:mod:`course.interview.proof`) is asked for, until its author writes it anew."""
    return scenario.before is not None


def _cards(scenario: Scenario, budgets: set[str]) -> Iterator[str]:
    for kind, name in KINDS.items():
        if not any(type(drill) is kind for drill in scenario.drills):
            yield f"no drill card about {name}. Mend: write one of each kind, see course/interview/cards.py"
    for drill in scenario.drills:
        if not drill.ask.strip() or not drill.good.strip():
            yield f"a drill card about {KINDS[type(drill)]} lacks its question or a good answer. Mend: write it"
        for name in sorted(set(drill.rounds) - {each.name for each in scenario.rounds}):
            yield f"a drill card follows {name!r}, which is no round. Mend: name a round, or leave it out"
        for metric in sorted(set(drill.on) - budgets):
            yield f"a drill card is drawn on {metric!r}, which no round has a budget for. Mend: name a metric with one"
        if isinstance(drill, Tenfold):
            loads = {
                key
                for each in scenario.rounds
                for key, value in each.load.items()
                if not isinstance(value, str)
            }
            for key in sorted(set(drill.times) - loads):
                yield f"a drill card multiplies {key!r}, which is no number of any load. Mend: name one that is"


def _texts(scenario: Scenario) -> Iterator[str]:
    texts = {"id": scenario.id, "title": scenario.title, "opening": scenario.opening}
    texts |= {f"label of knob {knob.name}": knob.label for knob in scenario.knobs}
    for each in scenario.rounds:
        said = each.replies
        parts = {
            "line": each.line,
            "weak reply": said.weak,
            "good reply": said.good,
            "strong reply": said.strong,
        }
        texts |= {f"{part} of round {each.name!r}": text for part, text in parts.items()}
    texts |= {f"probe for {metric!r}": text for metric, text in scenario.probes.items()}
    for what, text in texts.items():
        if not text.strip():
            yield f"the {what} is empty. Mend: write it"


def _runs(session: Session, objects: Sequence[object]) -> Iterator[str]:
    """The reference's designs are in bounds; those and designs at the bounds are measured, and twice the same."""
    scenario = session.scenario
    best = {}
    for each in scenario.rounds:
        try:
            best[each.name] = scenario.design(scenario.reference(each))
        except Refused as refusal:
            yield f"the reference of round {each.name!r}: {refusal}. Mend: keep it within the knobs"
            return
    again = Session(scenario, *objects)
    corners = _corners(scenario)
    for each in scenario.rounds:
        ends = _covering(corners) if each is scenario.rounds[-1] else [corners[0], corners[-1]]
        for design in [best[each.name], scenario.design({}), *ends]:
            try:
                measured = session.measure(design, each)
                same = design is not best[each.name] or repr(again.measure(design, each)) == repr(measured)
            except Exception as error:
                yield f"round {each.name!r} cannot measure {design}: {_error(error)}. {_MEASURE}"
                return
            if any(
                math.isnan(measured[metric]) for metric in [*(slo.metric for slo in each.slos), each.predicts]
            ):
                yield f"round {each.name!r} measures NaN for {design}. Mend: let run give inf for what grows without bound"
                return
            if not same:
                yield (
                    f"round {each.name!r} measures {design} differently the second time. "
                    "Mend: seed every draw, and keep no state between runs"
                )
                return


def _holds(session: Session) -> Iterator[str]:
    """The reference holds in each round and in what still binds of those before."""
    scenario = session.scenario
    for place, each in enumerate(scenario.rounds, start=1):
        broke = broken_first(
            session.judge(scenario.design(scenario.reference(each)), scenario.rounds[:place])
        )
        if broke:
            yield (
                f"the reference breaks {_said(broke)} in round {each.name!r}. "
                "Mend: let each round's reference hold in every round listed before it too, or change the budget"
            )


def _drills(session: Session) -> Iterator[str]:
    """Every card that is run can be: on the reference's objects, after every round."""
    scenario = session.scenario
    for drill in scenario.drills:
        try:
            _try(drill, session)
        except Exception as error:
            yield f"the drill card “{drill.ask[:60]}” cannot be run: {_error(error)}. Mend: let its calls run on the reference"


def _try(drill: Drill, session: Session) -> None:
    scenario = session.scenario
    if isinstance(drill, Complexity):
        exponents(drill, session.subjects)
    if isinstance(drill, Tenfold):
        for each in filter(lambda each: drill.follows(each.name), scenario.rounds):
            tenfold(drill, session, each, scenario.design(scenario.reference(each)))


def _naive(scenario: Scenario, objects: Sequence[object]) -> Iterator[str]:
    naive = scenario.naive
    if naive.design is None and not naive.objects:
        yield "the naive answer has neither a design nor objects. Mend: give the one that must fail"
        return
    session = Session(scenario, *(naive.objects or objects))
    want = f"round {naive.fails_round!r} by {naive.fails_metric!r}"
    while (current := session.state.round) is not None:
        design: Design = scenario.reference(current) if naive.design is None else naive.design
        outcome = session.propose({"round": session.state.number, "design": design, "predict": 0})
        if outcome.passed:
            continue
        if not outcome.counted:
            yield f"the naive answer comes to nothing in round {current.name!r}: {outcome.line}. Mend: let it run, and break {want}"
        elif outcome.broke and (current.name, outcome.broke.slo.metric) != (
            naive.fails_round,
            naive.fails_metric,
        ):
            yield f"the naive answer fails at round {current.name!r}, breaking {_said(outcome.broke)}, not at {want}. Mend: state what happens, or change the budget"
        return
    yield f"the naive answer passes every round. Mend: let it break {want}"


def _ends(scenario: Scenario) -> dict[str, tuple[Value, Value]]:
    """Lowest and highest value of each knob that is a number."""
    found: dict[str, tuple[Value, Value]] = {}
    for knob in scenario.knobs:
        numbers = knob.span or [choice for choice in knob.choices if not isinstance(choice, str)]
        if knob.span or len(numbers) == len(knob.choices):
            found[knob.name] = (knob.read(min(numbers)), knob.read(max(numbers)))
    return found


def _corners(scenario: Scenario) -> list[dict[str, Value]]:
    """Every design with each number at an end and each word at each of its choices."""
    ends = _ends(scenario)
    sides = [ends.get(knob.name, knob.choices) for knob in scenario.knobs]
    names = [knob.name for knob in scenario.knobs]
    return [dict(zip(names, corner, strict=True)) for corner in itertools.product(*sides)]


def _covering(corners: list[dict[str, Value]]) -> list[dict[str, Value]]:
    """Few of ``corners`` in which every two ends that can meet do: those between them are left to the proof's grid."""
    met = [{*itertools.combinations(corner.items(), min(2, len(corner)))} for corner in corners]
    left, chosen = set().union(*met), []
    while left:
        best = max(range(len(corners)), key=lambda place: len(met[place] & left))
        chosen.append(corners[best])
        left -= met[best]
    return chosen


def _error(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _said(verdict: Judgement) -> str:
    slo = verdict.slo
    return f"{slo.metric} ({verdict.measured:g} against {'at most' if slo.at_most else 'at least'} {slo.limit:g} in {verdict.round!r})"
