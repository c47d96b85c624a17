"""Day 33's faults and cures: which promise of a training run breaks under which, on the learner's own functions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from course.checking.errors import SubjectError
from course.checking.port import subjects
from course.checking.report import cut
from course.days.day33_constitutional_ai.own import parts
from course.days.day33_constitutional_ai.small_run import BRIEF
from course.notebook.breaking import Promise, Run, under_fault, why
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.blocks import Text
from course.notebook.screens.page import Page
from course.systems.alignment.constitution import CONSTITUTION
from course.systems.alignment.errors import AlignmentError
from course.systems.alignment.loops import exact_sweep, feedback_loop
from course.systems.alignment.measure import Measures, measure
from course.systems.alignment.pipeline import Lab, Recipe, paper_telling
from course.systems.alignment.pipeline import Run as Training
from course.systems.alignment.records import Pair, RecordStore
from datasets.prompts import make_prompts

RECIPE = Recipe(ai_pairs=800, human_pairs=800, rounds=40)
TURNS = 5
"""Times that a policy becomes its own teacher."""
REWORDED = CONSTITUTION.reworded("harm.3", BRIEF)

OWN_JUDGE, LOOSE, TOPIC, ORDER, WORDS = (
    "the policy judges itself",
    "the leash is cut",
    "the judge takes the topic for the intent",
    "the judge likes what stands first",
    "the old words are thrown away",
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
        "ten times the AI labels": replace(FAULTS[LOOSE], ai_pairs=8000),
        "a word more in harm.3": replace(FAULTS[LOOSE], constitution=REWORDED),
        "a leash of beta = 1": replace(RECIPE, beta=1.0),
    },
    TOPIC: {
        "ten times the AI labels": replace(FAULTS[TOPIC], ai_pairs=8000),
        "800 human labels on quality": replace(FAULTS[TOPIC], anchors=800),
    },
    ORDER: {},
    WORDS: {},
}
NOTHING_BROKE = (
    "nothing broke: both orders were asked, and what stands first gained nothing. There is nothing to cure"
)
NOT_CURED = "nothing in this table cures it: words that nobody kept do not come back. Tomorrow's store keeps every version"


@dataclass(frozen=True)
class Reading:
    """What a run promises, measured: the dashboard's own number first."""

    dashboard: float
    measures: Measures
    traced: float


class Bench:
    """A training run on the learner's three functions, and what a fault or a cure makes of it; each is run once."""

    def __init__(self, revise: object, prefer: object, step: object) -> None:
        self.own = played("day33", revise, prefer, step)
        own = dict(zip(("revise", "prefer", "step"), subjects(*self.own), strict=True))
        self.parts = parts(**own)
        self.prompts, self.held_out = make_prompts(400, 33), make_prompts(1200, 34)
        self._done: dict[object, Reading] = {}

    def under(self, fault: str, expected: Prediction) -> Page:
        """What the fault does to a healthy run: see :func:`~course.notebook.breaking.under_fault`."""
        return under_fault(fault, expected, FAULTS, self.run_under, *self.own)

    def run_under(self, fault: str) -> Run:
        """A healthy run and one under ``fault``, measured."""
        bet = f"Cures in the next cell: {', '.join(CURES[fault])}. Which one do you bet on?"
        also = (Text(bet),) if CURES[fault] else ()
        return Run(self.promises, _values(self.usual), _values(self._reading(fault)), also=also)

    def mended(self, fault: str) -> None:
        """Print what each known cure makes of the fault."""
        if fault not in FAULTS:
            known = ", ".join(f'"{name}"' for name in FAULTS)
            print(f"There is no fault {cut(repr(fault), 60)}; give one of {known}.")
            return
        try:
            if not CURES[fault]:
                print(f"“{fault}”: {NOT_CURED if self.run_under(fault).broken else NOTHING_BROKE}")
                return
            rows = {
                "SL-CAI, before RL": self.start,
                "no fault": self.usual,
                "the fault": self._reading(fault),
            }
            if fault == LOOSE:
                rows["the fault, run to its end"] = self.finished
            rows |= {name: self._cured(cure) for name, cure in CURES[fault].items()}
        except (SubjectError, ValueError, KeyError) as error:
            print(why(error))
            return
        print(f"{'':<28}{'dashboard':>10}{'kept back':>11}{'refused':>9}{'quality':>9}{'kind':>6}")
        for name, row in rows.items():
            found, board = row.measures, "" if row.dashboard != row.dashboard else f"{row.dashboard:.2f}"
            shares = f"{found.harmlessness:>11.2f}{found.over_refusal_borderline:>9.2f}{found.quality:>9.2f}"
            print(f"{name:<28}{board:>10}{shares}{found.kind:>6.1f}")

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
        return Reading(float("nan"), measure(self.healthy.stage("SL-CAI").policy, self.held_out), 1.0)

    @property
    def finished(self) -> Reading:
        """What the loose run would come to if PPO went on: the exact optimum of the same reward model."""
        start, model = self.healthy.stage("SL-CAI").policy, self.healthy.stage("RL-CAI").reward_model
        if model is None:
            raise ValueError("RL-CAI has no reward model: give a finished paper telling")
        end = exact_sweep(start, model, self.held_out, [FAULTS[LOOSE].beta])[0]
        return Reading(self.usual.dashboard, end.measures, 1.0)

    def _lab(self, recipe: Recipe) -> Lab:
        return Lab(self.prompts, recipe, self.parts)

    @property
    def promises(self) -> tuple[Promise, ...]:
        before = self.start.measures.quality
        return (
            Promise("the dashboard", "labels that the reward model reproduces", 0.80, at_least=True),
            Promise("harmlessness", "restricted detail kept back", 0.60, at_least=True),
            Promise("answers", "borderline requests refused", 0.35),
            Promise("quality", "true quality, at least as before RL", before, at_least=True),
            Promise("the records", "AI records that lead back to their words", 1.0, at_least=True),
        )

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
        lab = self._lab(replace(RECIPE, anchors=200))
        start = self.healthy.stage("SL-CAI").policy
        last = feedback_loop(lab, start, self.held_out, teacher=teacher, turns=TURNS)[-1]
        return Reading(last.teacher_says, last.measures, 1.0)

    def _of(self, lab: Lab, run: Training) -> Reading:
        stage = run.stage("RL-CAI")
        ai = [r for r in run.store.records.values() if isinstance(r, Pair) and r.source == "ai"]
        board = stage.reward_model.accuracy(*lab.design(ai)) if stage.reward_model and ai else float("nan")
        return Reading(board, measure(stage.policy, self.held_out), _traced(run, run.recipe.constitution))


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


def _values(reading: Reading) -> dict[str, float]:
    measures = reading.measures
    return {
        "the dashboard": reading.dashboard,
        "harmlessness": measures.harmlessness,
        "answers": measures.over_refusal_borderline,
        "quality": measures.quality,
        "the records": reading.traced,
    }
