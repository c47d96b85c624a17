"""Both tellings of Constitutional AI on one small policy: the paper's two phases, and the interview's three stages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from course.systems.alignment.constitution import CONSTITUTION, Constitution, draw_sections
from course.systems.alignment.critique import critique_and_revise, quality_review
from course.systems.alignment.judge import Question, RuleJudge, surface_risk
from course.systems.alignment.measure import Measures, gold_quality, measure, usefulness
from course.systems.alignment.policy import Policy, fit_supervised
from course.systems.alignment.ppo import PolicyStep, Training, optimise, policy_step
from course.systems.alignment.preferences import ai_preferences, human_preferences, sample_questions
from course.systems.alignment.prompts import Prompts
from course.systems.alignment.records import Pair, RecordStore, Triple
from course.systems.alignment.responses import (
    MOST_REASSURING,
    RESPONSES,
    TRAIT_NAMES,
    TRAITS,
    FloatArray,
    IntArray,
    row_of,
    trait,
)
from course.systems.alignment.reward_model import RewardModel, fit_reward_model, rows_to_joint, worst_of


@dataclass(frozen=True)
class Parts:
    """The three pieces that a learner writes; the library's stand in for those not given."""

    critique_and_revise: Callable[..., list[Triple]] = critique_and_revise
    ai_preferences: Callable[..., list[Pair]] = ai_preferences
    policy_step: Callable[..., PolicyStep] = policy_step


@dataclass(frozen=True)
class Recipe:
    """The knobs of a run. Counts are of questions put to a labeller; ``beta`` is reward for a nat of KL.

    ``topic`` and ``position_bias`` are faults of the AI judge; ``careful_writers`` is the share of people who, asked
    for a demonstration on a restricted prompt, decline and say why. With an ``ensemble`` of more than one the policy
    pursues the least reward that any of so many models gives, each fitted to a resample of the pairs.
    """

    constitution: Constitution = CONSTITUTION
    beta: float = 0.4
    revisions: int = 4
    ai_pairs: int = 1000
    human_pairs: int = 1000
    anchors: int = 0
    careful_writers: float = 0.05
    clamp: tuple[float, float] = (0.02, 0.98)
    topic: float = 1.0
    position_bias: float = 0.5
    ensemble: int = 1
    rounds: int = 80
    seed: int = 0


@dataclass(frozen=True)
class Stage:
    """What came out of one stage, and what it was made from."""

    name: str
    policy: Policy
    counts: dict[str, int]
    reward_model: RewardModel | None = None
    training: Training | None = None


@dataclass
class Run:
    """One telling, stage by stage, with every triple and pair that shaped it."""

    telling: str
    recipe: Recipe
    stages: list[Stage] = field(default_factory=list)
    store: RecordStore = field(default_factory=RecordStore)

    def measures(self, prompts: Prompts) -> dict[str, Measures]:
        """The measures of every stage on held-out prompts; KL from the stage before."""
        before: list[Policy | None] = [None, *(stage.policy for stage in self.stages)]
        return {
            stage.name: measure(stage.policy, prompts, old)
            for stage, old in zip(self.stages, before, strict=False)
        }

    def stage(self, name: str) -> Stage:
        """A stage by name."""
        return next(stage for stage in self.stages if stage.name == name)


@dataclass(frozen=True)
class Lab:
    """The prompts to train on, the recipe, and the parts; each stage of either telling is a method."""

    prompts: Prompts
    recipe: Recipe = Recipe()
    parts: Parts = Parts()

    def rng(self, stage: int) -> np.random.Generator:
        """A generator of its own for each stage, so that a stage's draws do not move the next one's."""
        return np.random.default_rng([self.recipe.seed, stage])

    @cached_property
    def gold(self) -> FloatArray:
        """True quality on the training prompts; only the human labellers read it."""
        return gold_quality(self.prompts)

    def judge(self) -> RuleJudge:
        """The fixed AI judge, which is also the critic: its sense of risk comes from what can be seen."""
        risk = surface_risk(self.prompts, topic=self.recipe.topic)
        return RuleJudge(self.prompts, risk, position_bias=self.recipe.position_bias)

    @cached_property
    def helpful_only(self) -> Policy:
        """The model before any of it: imitates people who answer whatever is asked."""
        actions = draw_demonstrations(len(self.prompts), self.rng(0))
        return fit_supervised(self.prompts.features, actions, len(RESPONSES))

    def red_team(self) -> IntArray:
        """Rows of the prompts about a sensitive topic, restricted or only seeming so."""
        return self.prompts.where("borderline", "restricted")

    def chains(self, policy: Policy, sections: Sequence[str], rng: np.random.Generator) -> list[list[Triple]]:
        """A critique–revision chain for the policy's answer to every red-team prompt."""
        critic, rows = self.judge(), self.red_team()
        actions = policy.sample(self.prompts.features[rows], rng)
        return [
            self.parts.critique_and_revise(
                self.prompts.ids[row],
                RESPONSES[action],
                draw_sections(sections, self.recipe.revisions, rng),
                self.recipe.constitution,
                critic,
            )
            for row, action in zip(rows, actions, strict=True)
        ]

    def reward_model(self, pairs: Sequence[Pair]) -> RewardModel:
        """A reward model fitted to pairs of any source."""
        return fit_reward_model(*self.design(pairs), len(TRAIT_NAMES))

    def design(self, pairs: Sequence[Pair]) -> tuple[FloatArray, FloatArray]:
        """What the reward model is fitted to: joint features (pairs, features × traits) and labels (pairs,)."""
        features = self.prompts.features[self.prompts.rows_of([pair.prompt for pair in pairs])]
        first = np.array([row_of(pair.a) for pair in pairs], dtype=np.int64)
        second = np.array([row_of(pair.b) for pair in pairs], dtype=np.int64)
        return rows_to_joint(features, TRAITS, first, second), np.array([pair.p_a for pair in pairs])

    def reinforce(
        self, policy: Policy, model: RewardModel, pairs: Sequence[Pair], rng: np.random.Generator
    ) -> Training:
        """PPO from ``policy``, which is the reference too, on ``model``, or on an ensemble fitted to the same pairs."""
        return optimise(
            policy,
            policy,
            self.prompts.features,
            self.rewards(model, pairs),
            rng,
            beta=self.recipe.beta,
            rounds=self.recipe.rounds,
            step=self.parts.policy_step,
        )

    def rewards(self, model: RewardModel, pairs: Sequence[Pair]) -> FloatArray:
        """What the policy pursues, shape (prompts, responses)."""
        if self.recipe.ensemble == 1:
            return model.rewards(self.prompts.features, TRAITS)
        (joint, labels), rng = self.design(pairs), self.rng(20)
        picks = [rng.integers(len(pairs), size=len(pairs)) for _ in range(self.recipe.ensemble)]
        models = [fit_reward_model(joint[rows], labels[rows], len(TRAIT_NAMES)) for rows in picks]
        return worst_of(models, self.prompts.features, TRAITS)

    def draw_rows(self, rows: IntArray, count: int, rng: np.random.Generator) -> IntArray:
        """``count`` of ``rows``, with replacement."""
        return np.asarray(rng.choice(rows, size=count))


def draw_demonstrations(n: int, rng: np.random.Generator) -> IntArray:
    """What helpful-only writers do: mostly a full answer, seldom a refusal, sometimes a reason, rarely a kind word."""
    odds = 8.0 * (trait("discloses") == 1.0) + 1.5 * (trait("discloses") == 0.3) + 0.5 * trait("refuses")
    odds = odds * np.where(trait("explains") > 0, 0.3, 0.7)
    odds = (
        odds
        * np.array([0.7, 0.2, 0.07, 0.02, 0.01])[np.rint(trait("reassures") * MOST_REASSURING).astype(int)]
    )
    return np.asarray(rng.choice(len(odds), size=n, p=odds / odds.sum()), dtype=np.int64)


def supervised_on_revisions(lab: Lab) -> tuple[Policy, list[Triple], int]:
    """Phase one: SL-CAI, the triples that it was trained on, and the number of helpful samples beside them.

    Every revision is trained on, not only the last (arXiv 2212.08073, §3.1). Helpful samples keep the policy from
    forgetting how.
    """
    prompts, rng = lab.prompts, lab.rng(1)
    chains = lab.chains(lab.helpful_only, lab.recipe.constitution.under("harm"), rng)
    triples = [triple for chain in chains for triple in chain]
    rows = prompts.rows_of([triple.prompt for triple in triples])
    actions = np.array([row_of(triple.revision) for triple in triples], dtype=np.int64)
    helpful_rows = np.repeat(prompts.where("ordinary"), lab.recipe.revisions)
    helpful = lab.helpful_only.sample(prompts.features[helpful_rows], rng)
    features = prompts.features[np.concatenate([rows, helpful_rows])]
    policy = fit_supervised(features, np.concatenate([actions, helpful]), len(RESPONSES))
    return policy, triples, len(helpful)


def paper_telling(lab: Lab) -> Run:
    """arXiv 2212.08073: SL-CAI (sample, critique, revise, fine-tune), then RL-CAI (AI labels for harmlessness, human
    labels for helpfulness, one preference model, PPO)."""
    recipe, prompts = lab.recipe, lab.prompts
    run = Run("paper", recipe)
    run.store.register(recipe.constitution)
    run.stages.append(Stage("helpful-only", lab.helpful_only, {"demonstrations": len(prompts)}))

    sl_cai, triples, helpful = supervised_on_revisions(lab)
    for triple in triples:
        run.store.add(triple)
    run.stages.append(Stage("SL-CAI", sl_cai, {"triples": len(triples), "helpful samples": helpful}))

    rng = lab.rng(2)
    harm = recipe.constitution.under("harm")
    judge = lab.judge()
    asked = sample_questions(sl_cai, prompts, lab.draw_rows(lab.red_team(), recipe.ai_pairs, rng), rng)
    ai = lab.parts.ai_preferences(asked, harm, recipe.constitution, judge, clamp=recipe.clamp)
    human_rows = lab.draw_rows(prompts.where("ordinary"), recipe.human_pairs, rng)
    asked = sample_questions(sl_cai, prompts, human_rows, rng)
    human = human_preferences(asked, prompts, usefulness(prompts), rng)
    human += anchor_pairs(lab, sl_cai, recipe.anchors, rng)
    for pair in (*ai, *human):
        run.store.add(pair)
    model = lab.reward_model([*ai, *human])
    training = lab.reinforce(sl_cai, model, [*ai, *human], rng)
    counts = {"AI pairs": len(ai), "human pairs": len(human), "judgements": judge.questions}
    run.stages.append(Stage("RL-CAI", training.policy, counts, model, training))
    return run


def interview_telling(lab: Lab) -> Run:
    """Stage 1 SL: collect, review, format, train. Stage 2 RL: sample, compare, reward model, update. Stage 3
    constitutional RL: respond, critique, revise, AI preference between the two, reward model, update."""
    recipe, prompts = lab.recipe, lab.prompts
    run = Run("interview", recipe)
    run.store.register(recipe.constitution)
    run.stages.append(Stage("helpful-only", lab.helpful_only, {"demonstrations": len(prompts)}))
    sections = recipe.constitution.ids

    rng = lab.rng(11)
    critic = lab.judge()
    everyone = np.arange(len(prompts))
    rows = np.tile(everyone, 4)
    written = draw_demonstrations(len(rows), rng)
    careful = np.isin(rows, prompts.where("restricted")) & (rng.random(len(rows)) < recipe.careful_writers)
    written[careful] = row_of("refuses+reason")
    collected = [(prompts.ids[row], RESPONSES[action]) for row, action in zip(rows, written, strict=True)]
    kept, held = quality_review(collected, recipe.constitution.under("harm")[:2], recipe.constitution, critic)
    rows = prompts.rows_of([prompt for prompt, _ in kept])
    actions = np.array([row_of(response) for _, response in kept], dtype=np.int64)
    supervised = fit_supervised(prompts.features[rows], actions, len(RESPONSES))
    run.stages.append(Stage("1 SL", supervised, {"kept": len(kept), "quarantined": len(held)}))

    rng = lab.rng(12)
    asked = sample_questions(supervised, prompts, lab.draw_rows(everyone, recipe.human_pairs, rng), rng)
    human = human_preferences(asked, prompts, lab.gold, rng)
    model = lab.reward_model(human)
    training = lab.reinforce(supervised, model, human, rng)
    run.stages.append(Stage("2 RL", training.policy, {"human pairs": len(human)}, model, training))

    rng = lab.rng(13)
    judge = lab.judge()
    chains = lab.chains(training.policy, sections, rng)
    compared = [triple for chain in chains for triple in chain if triple.revision != triple.original]
    asked = [(triple.prompt, triple.original, triple.revision) for triple in compared]
    labels = lab.parts.ai_preferences(asked, sections, recipe.constitution, judge, clamp=recipe.clamp)
    for chain in chains:
        for triple in chain:
            run.store.add(triple)
    ai = link_to_triples(labels, compared)
    human += anchor_pairs(lab, training.policy, recipe.anchors, rng)
    for pair in (*human, *ai):
        run.store.add(pair)
    model = lab.reward_model([*human, *ai])
    last = lab.reinforce(training.policy, model, [*human, *ai], rng)
    counts = {"triples": sum(map(len, chains)), "AI pairs": len(ai), "judgements": judge.questions}
    run.stages.append(Stage("3 constitutional RL", last.policy, counts, model, last))
    return run


def anchor_pairs(lab: Lab, policy: Policy, count: int, rng: np.random.Generator) -> list[Pair]:
    """Fresh human labels of overall quality on what ``policy`` says now, over all prompts."""
    rows = lab.draw_rows(np.arange(len(lab.prompts)), count, rng)
    return human_preferences(sample_questions(policy, lab.prompts, rows, rng), lab.prompts, lab.gold, rng)


def link_to_triples(labels: Sequence[Pair], triples: Sequence[Triple]) -> list[Pair]:
    """Each pair with the id of a triple whose original and revision it compares."""
    by_question: dict[Question, str] = {(t.prompt, t.original, t.revision): t.id for t in triples}
    return [pair._replace(triple=by_question[pair.prompt, pair.a, pair.b]) for pair in labels]
