"""Day 33's faults and cures: which promise of a training run breaks under which, on the learner's own functions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from course.checking.errors import SubjectError
from course.checking.port import subjects
from course.checking.report import cut
from course.days.day33_constitutional_ai.own import parts
from course.days.day33_constitutional_ai.training import (
    DISTANCE,
    KEPT_BACK,
    RECIPE,
    REFUSED,
    REWORDED,
    held_out,
    prompts,
)
from course.notebook.breaking import Promise, Run, under_fault, why
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.blocks import Text
from course.notebook.screens.page import Page
from course.systems.alignment.errors import AlignmentError
from course.systems.alignment.loops import feedback_loop
from course.systems.alignment.measure import Measures, measure
from course.systems.alignment.pipeline import Lab, Recipe, paper_telling
from course.systems.alignment.pipeline import Run as Training
from course.systems.alignment.records import Pair, RecordStore

TURNS = 5
"""Times that a policy becomes its own teacher; a turn is half as long as a training run."""

OWN_JUDGE, LOOSE, TOPIC, ORDER, WORDS = (
    "own judge",
    "loose leash",
    "topic for intent",
    "first is best",
    "lost words",
)
FAULTS: Mapping[str, Recipe] = {
    OWN_JUDGE: RECIPE,
    LOOSE: replace(RECIPE, beta=0.1),
    TOPIC: replace(RECIPE, topic=2.0),
    ORDER: replace(RECIPE, position_bias=4.0),
    WORDS: RECIPE,
}
CURES: Mapping[str, Mapping[str, Recipe | str]] = {
    OWN_JUDGE: {"a frozen judge": "frozen", "200 human labels a turn": "anchored"},
    LOOSE: {
        "ten times the AI labels": replace(FAULTS[LOOSE], ai_pairs=10_000),
        "five reward models": replace(FAULTS[LOOSE], ensemble=5),
        "a word more in harm.3": replace(FAULTS[LOOSE], constitution=REWORDED),
        "a leash of beta = 1": replace(RECIPE, beta=1.0),
    },
    TOPIC: {
        "ten times the AI labels": replace(FAULTS[TOPIC], ai_pairs=10_000),
        "800 human labels": replace(FAULTS[TOPIC], anchors=800),
    },
    ORDER: {},
    WORDS: {},
}
NOT_CURED = {
    ORDER: "no label in this table cures it. What you ask the judge does: the fold below says how",
    WORDS: "nothing in this table cures it: words that nobody kept do not come back. Tomorrow's store keeps every version",
}
PROMISES = (
    Promise("the dashboard", "AI labels that the reward model reproduces", 0.80, at_least=True),
    Promise("harmlessness", "restricted detail kept back", KEPT_BACK, at_least=True),
    Promise("answers", "borderline requests refused", REFUSED),
    Promise("distance", "KL from the SL-CAI policy, nats", DISTANCE),
    Promise("quality", "true quality ÷ that of SL-CAI", 1.0, at_least=True),
    Promise("the records", "AI records that lead back to their words", 1.0, at_least=True),
)


@dataclass(frozen=True)
class Reading:
    """What a run promises, measured: the dashboard's own number first."""

    dashboard: float
    measures: Measures
    traced: float

    def values(self, before: float) -> dict[str, float]:
        """One number a promise; ``before`` is the quality before phase two."""
        found = self.measures
        return {
            "the dashboard": self.dashboard,
            "harmlessness": found.harmlessness,
            "answers": found.over_refusal_borderline,
            "distance": found.kl,
            "quality": found.quality / before,
            "the records": self.traced,
        }


class Bench:
    """A training run on the learner's three functions, and what a fault or a cure makes of it; each is run once."""

    def __init__(self, revise: object, prefer: object, step: object) -> None:
        self.own = played("day33", revise, prefer, step)
        own = dict(zip(("revise", "prefer", "step"), subjects(*self.own), strict=True))
        self.parts = parts(**own)
        self._done: dict[object, Reading] = {}

    def under(self, fault: str, expected: Prediction) -> Page:
        """What the fault does to a healthy run: see :func:`~course.notebook.breaking.under_fault`."""
        return under_fault(fault, expected, FAULTS, self.run_under, *self.own)

    def run_under(self, fault: str) -> Run:
        """A healthy run and one under ``fault``, measured."""
        bet = f"Cures in the next cell: {', '.join(CURES[fault])}. Which one do you bet on?"
        also = (Text(bet),) if CURES[fault] else ()
        before = self.start.measures.quality
        return Run(PROMISES, self.usual.values(before), self._reading(fault).values(before), also=also)

    def mended(self, fault: str) -> None:
        """Print what each known cure makes of the fault."""
        if fault not in FAULTS:
            known = ", ".join(f'"{name}"' for name in FAULTS)
            print(f"There is no fault {cut(repr(fault), 60)}; give one of {known}.")
            return
        try:
            if not CURES[fault]:
                kept = "nothing broke, so there is nothing to cure"
                print(f"“{fault}”: {NOT_CURED[fault] if self.run_under(fault).broken else kept}.")
                return
            rows = {
                "SL-CAI, before RL": self.start,
                "no fault": self.usual,
                "the fault": self._reading(fault),
            }
            rows |= {name: self._cured(cure) for name, cure in CURES[fault].items()}
        except (SubjectError, ValueError, KeyError) as error:
            print(why(error))
            return
        before = self.start.measures.quality
        print(f"{'':<25}{'dashboard':>10}{'kept back':>10}{'refused':>8}{'KL':>6}{'quality':>8}{'kind':>6}")
        for name, row in rows.items():
            found, board = row.measures, "" if row.dashboard != row.dashboard else f"{row.dashboard:.2f}"
            shares = f"{found.harmlessness:>10.2f}{found.over_refusal_borderline:>8.2f}{found.kl:>6.2f}"
            print(f"{name:<25}{board:>10}{shares}{found.quality / before:>7.2f}×{found.kind:>6.1f}")

    @cached_property
    def healthy(self) -> Training:
        """The paper's telling, with nothing wrong."""
        return paper_telling(self._lab(RECIPE))

    @cached_property
    def usual(self) -> Reading:
        """What it promises, measured."""
        return self._of(self._lab(RECIPE), self.healthy)

    @cached_property
    def start(self) -> Reading:
        """The same before phase two."""
        return Reading(float("nan"), measure(self.healthy.stage("SL-CAI").policy, held_out()), 1.0)

    def _lab(self, recipe: Recipe) -> Lab:
        return Lab(prompts(), recipe, self.parts)

    def _reading(self, fault: str) -> Reading:
        if fault == WORDS:
            return replace(self.usual, traced=_traced(self.healthy, REWORDED))
        return self._cured("self" if fault == OWN_JUDGE else FAULTS[fault])

    def _cured(self, cure: Recipe | str) -> Reading:
        if cure not in self._done:
            self._done[cure] = self._loop(cure) if isinstance(cure, str) else self._trained(cure)
        return self._done[cure]

    def _trained(self, recipe: Recipe) -> Reading:
        lab = self._lab(recipe)
        return self._of(lab, paper_telling(lab))

    def _loop(self, teacher: str) -> Reading:
        lab = self._lab(replace(RECIPE, rounds=RECIPE.rounds // 2, anchors=200))
        start = self.healthy.stage("SL-CAI").policy
        last = feedback_loop(lab, start, held_out(), teacher=teacher, turns=TURNS)[-1]
        return Reading(last.teacher_says, last.measures, 1.0)

    def _of(self, lab: Lab, run: Training) -> Reading:
        stage = run.stage("RL-CAI")
        ai = [r for r in run.store.records.values() if isinstance(r, Pair) and r.source == "ai"]
        board = stage.reward_model.accuracy(*lab.design(ai)) if stage.reward_model and ai else float("nan")
        found = measure(stage.policy, held_out(), run.stage("SL-CAI").policy)
        return Reading(board, found, _traced(run, run.recipe.constitution))


def _traced(run: Training, known: Any) -> float:
    """The share of a run's AI records whose words a store finds that knows this constitution only."""
    store, found, total = RecordStore(), 0, 0
    store.register(known)
    for record in run.store.records.values():
        if isinstance(record, Pair) and record.source != "ai":
            continue
        total += 1
        try:
            found += bool(store.trace(store.add(record)).words)
        except AlignmentError:
            continue
    return found / total if total else float("nan")
