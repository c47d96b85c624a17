"""The proof that every round hurts and nobody is stuck, by a search over the grid of the knobs.

For each round: the reference holds in it and in what still binds; the reference of the round before fails in it, by the
promise that the round presses; at least three designs pass it by its own budgets and, after the first, at most 35% of the
grid; the reference has room on what is continuous. Over all: no design passes every round, every knob moves among the
references, nothing loosens unsaid, and no round asks for the number that the one before has shown.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from time import process_time

from course.interview.outcome import Judgement, broken_first
from course.interview.rules import binding
from course.interview.scenario import Design, Knob, Round, Scenario, Slo, Value
from course.interview.session import Session
from course.interview.words import limit, measured
from course.numbers import SHARE, number

FEWEST, MOST = 3, 0.35
"""Designs of the grid that pass a round by its own budgets: at least so many, and at most this share after the first."""
ROOM = 0.03
"""Least slack of the reference on a continuous metric."""
SAME = 0.01
"""Two numbers within this share are one to somebody who predicts."""
VALUES = 7
"""Values of a range that gives no grid of its own, besides those of the references."""
DESIGNS = 20_000
"""Most designs of a grid."""


@dataclass(frozen=True)
class Proved:
    """One round: what the reference measures, by which promises the reference before it fails (empty in the first), how
    many designs of the grid pass it by its own budgets, and how many with everything that still binds."""

    round: Round
    design: Design
    verdicts: tuple[Judgement, ...]
    before_fails: tuple[Judgement, ...]
    alone: int
    bound: int


@dataclass(frozen=True)
class Proof:
    """What the search found. ``problems`` is a sentence each with its mend; empty where all is proved."""

    rounds: tuple[Proved, ...]
    designs: int
    runs: int
    seconds: float
    problems: tuple[str, ...]

    def text(self) -> str:
        """The proof as a table of lines, and what is the matter."""
        lines = []
        for place, each in enumerate(self.rounds, start=1):
            design = ", ".join(f"{name} {value}" for name, value in each.design.items())
            kept = "; ".join(
                f"{v.slo.metric} {measured(v)} ({limit(v.slo)})"
                for v in each.verdicts
                if v.round == each.round.name
            )
            failed = ", ".join(f"{v.slo.metric} {measured(v)}" for v in each.before_fails)
            gives = f"; gives back {', '.join(each.round.relaxes)}" if each.round.relaxes else ""
            lines.append(f"{place} {each.round.name}: {design}")
            lines.append(f"    reference {kept}{gives}")
            lines.append(
                f"    {each.alone} of {self.designs} pass it alone, {each.bound} with what still binds"
            )
            if place > 1:
                lines.append(f"    the reference before fails by {failed or 'nothing'}")
        each_run = 1000 * self.seconds / max(1, self.runs)
        lines.append(f"{self.runs} runs, {self.seconds:.1f} s of CPU, {each_run:.1f} ms a run")
        return "\n".join([*lines, *self.problems, "NOT PROVED" if self.problems else "PROVED"])


def prove(scenario: Scenario, *objects: object) -> Proof:
    """Search the grid of ``scenario`` on ``objects``, the reference's. Raises whatever a run raises."""
    began = process_time()
    session, search = Session(scenario, *objects), Search(scenario)
    rounds = []
    for place, each in enumerate(scenario.rounds):
        bound = binding(scenario.rounds[: place + 1])
        alone = [design for design in search.designs if not failed(session, design, each, each.slos)]
        held = [
            design
            for design in alone
            if not any(failed(session, design, under, slos) for under, slos in bound)
        ]
        before = failed(session, search.references[place - 1], each, each.slos) if place else ()
        verdicts = session.judge(search.references[place], scenario.rounds[: place + 1])
        rounds.append(Proved(each, search.references[place], verdicts, before, len(alone), len(held)))
    problems = [*loosened(scenario), *_problems(session, search, rounds), *_repeated(session)]
    return Proof(tuple(rounds), len(search.designs), session.runs, process_time() - began, tuple(problems))


class Search:
    """The designs of a scenario's grid, with the references among them."""

    def __init__(self, scenario: Scenario) -> None:
        self.references = [scenario.design(scenario.reference(each)) for each in scenario.rounds]
        self.values = {
            knob.name: _values(knob, [design[knob.name] for design in self.references])
            for knob in scenario.knobs
        }
        if math.prod(map(len, self.values.values())) > DESIGNS:
            sizes = ", ".join(f"{name} {len(values)}" for name, values in self.values.items())
            raise ValueError(
                f"a grid of more than {DESIGNS:,} designs ({sizes}); give the knobs a smaller grid="
            )
        self.designs: list[Design] = [
            dict(zip(self.values, chosen, strict=True)) for chosen in itertools.product(*self.values.values())
        ]


def _values(knob: Knob, references: list[Value]) -> list[Value]:
    """The values of a knob's grid: its choices, or those of its ``grid``; a range without one is spread over."""
    if knob.span is None:
        return list(knob.choices)
    found = list(knob.grid)
    if not found:
        low, high = knob.span
        ratio = low > 0 and high / low > VALUES
        spread = [
            low * (high / low) ** (step / (VALUES - 1)) if ratio else low + (high - low) * step / (VALUES - 1)
            for step in range(VALUES)
        ]
        found = [round(value) if knob.integer else value for value in spread]
    return list(
        dict.fromkeys(sorted((knob.read(value) for value in [*found, *references, knob.default]), key=float))
    )


def failed(session: Session, design: Design, under: Round, slos: tuple[Slo, ...]) -> tuple[Judgement, ...]:
    """The promises among ``slos`` that ``design`` breaks under the load of ``under``."""
    if not slos:
        return ()
    found = session.measure(design, under)
    verdicts = (Judgement(under.name, slo, found[slo.metric]) for slo in slos)
    return tuple(verdict for verdict in verdicts if not verdict.held)


def loosened(scenario: Scenario) -> Iterator[str]:
    """Budgets that a round loosens without saying so, and what it says that it loosens and does not."""
    for place, each in enumerate(scenario.rounds):
        standing = {
            slo.metric: (slo, other) for other, slos in binding(scenario.rounds[:place]) for slo in slos
        }
        for slo in each.slos:
            old, where = standing.get(slo.metric, (slo, each))
            if not old.held(slo.limit) and slo.metric not in each.relaxes:
                yield (
                    f"round {each.name!r} loosens {slo.metric!r} from {limit(old)} ({where.name!r}) to {limit(slo)} unsaid. "
                    f"Mend: tighten it, or say so in the line and in relaxes"
                )
        for metric in each.relaxes:
            own = each.budget(metric)
            if metric not in standing:
                yield f"round {each.name!r} relaxes {metric!r}, which has no budget before it. Mend: relax one that binds"
            elif own and standing[metric][0].held(own.limit):
                yield f"round {each.name!r} relaxes {metric!r} to a limit that is no looser. Mend: loosen it, or take it out of relaxes"


def _problems(session: Session, search: Search, rounds: list[Proved]) -> Iterator[str]:
    count = len(search.designs)
    for place, each in enumerate(rounds):
        name = repr(each.round.name)
        if broke := broken_first(each.verdicts):
            yield f"the reference breaks {_said(broke)} in round {name}. Mend: let it hold in what still binds"
        if place:
            yield from _hurts(name, rounds[place - 1], each)
            if each.alone > MOST * count:
                yield (
                    f"{each.alone} of {count} designs pass round {name}, more than {MOST:.0%}: no decision is left. "
                    "Mend: tighten a budget, or make the grid finer where it is decided"
                )
        if each.alone < FEWEST:
            yield (
                f"{each.alone} of {count} designs pass round {name}, fewer than {FEWEST}: it is a needle. "
                "Mend: loosen a budget, or give the knob values between"
            )
        yield from _room(session, search, each)
    slos = [(each.round, each.round.slos) for each in rounds]
    through = [d for d in search.designs if not any(failed(session, d, under, own) for under, own in slos)]
    if through:
        yield f"{through[0]} passes every round by its own budgets. Mend: let two rounds pull apart"
    for knob, values in search.values.items():
        used = {repr(design[knob]) for design in search.references}
        if len(used) == 1 and len(values) > 1:
            yield f"knob {knob} never moves among the references. Mend: press it in some round, or take it away"


def _hurts(name: str, before: Proved, each: Proved) -> Iterator[str]:
    if not each.before_fails:
        yield f"the reference of {before.round.name!r} passes round {name}: it does not hurt. Mend: tighten a budget or the load"
    elif each.round.presses not in {verdict.slo.metric for verdict in each.before_fails}:
        broken = ", ".join(verdict.slo.metric for verdict in each.before_fails)
        yield (
            f"round {name} presses {each.round.presses!r}, and the reference before fails by {broken}. "
            "Mend: name in presses what it really attacks, or change the budget"
        )


def _room(session: Session, search: Search, each: Proved) -> Iterator[str]:
    """Continuous promises on which the reference has next to no room; whole numbers and a share's own end have none."""
    for verdict in each.verdicts:
        slo = verdict.slo
        if verdict.round != each.round.name or not verdict.held or verdict.slack >= ROOM or slo.limit == 0:
            continue
        if slo.unit in (SHARE, "") and verdict.measured == (0 if slo.at_most else 1):
            continue
        found = [session.measure(design, each.round)[slo.metric] for design in search.designs]
        if all(value.is_integer() for value in found if math.isfinite(value)):
            continue
        yield (
            f"the reference leaves {verdict.slack:.1%} on {slo.metric} in round {each.round.name!r} ({_said(verdict)}), "
            f"less than {ROOM:.0%}: another machine or library would decide it. Mend: move the budget or the design"
        )


def _repeated(session: Session) -> Iterator[str]:
    """Rounds that ask for the number that the round before has just shown."""
    scenario = session.scenario
    for before, each in itertools.pairwise(scenario.rounds):
        metric = each.predicts
        shown = session.measure(scenario.design(scenario.reference(before)), before).get(metric, math.nan)
        asked = session.measure(scenario.design(scenario.reference(each)), each)[metric]
        if before.predicts == metric and abs(asked - shown) <= SAME * abs(shown):
            yield (
                f"round {each.name!r} asks for {metric}, {number(asked)}, which round {before.name!r} has shown. "
                "Mend: predict another metric"
            )


def _said(verdict: Judgement) -> str:
    return f"{verdict.slo.metric} {measured(verdict)}, budget {limit(verdict.slo)} of {verdict.round!r}"
