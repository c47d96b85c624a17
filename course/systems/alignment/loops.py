"""What happens when the pipeline feeds on itself: the exploited reward model, and the teacher that is its own student."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from course.systems.alignment.judge import RuleJudge, policy_risk
from course.systems.alignment.measure import Measures, measure, measure_probs
from course.systems.alignment.pipeline import Lab, anchor_pairs
from course.systems.alignment.policy import Policy
from course.systems.alignment.ppo import exact_optimum, optimise
from course.systems.alignment.preferences import sample_questions
from course.systems.alignment.prompts import Prompts
from course.systems.alignment.records import Pair
from course.systems.alignment.responses import TRAITS, FloatArray, row_of
from course.systems.alignment.reward_model import RewardModel


@dataclass(frozen=True)
class Pressure:
    """One point of a sweep: how hard the policy was pushed, what the reward model says of it, what is true of it."""

    beta: float
    reward: float
    """Mean reward above the reference policy's."""
    measures: Measures


def exact_sweep(
    reference: Policy, model: RewardModel, prompts: Prompts, betas: Iterable[float]
) -> list[Pressure]:
    """The best policy for each ``beta``, in closed form: the frontier on which a finished PPO run ends."""
    log_reference, rewards = _known(reference, model, prompts)
    points = []
    for beta in betas:
        log_probs = exact_optimum(log_reference, rewards, beta)
        gain = _mean(log_probs, rewards) - _mean(log_reference, rewards)
        points.append(Pressure(beta, gain, measure_probs(log_probs, prompts, reference)))
    return points


def ppo_sweep(
    lab: Lab, reference: Policy, model: RewardModel, prompts: Prompts, betas: Iterable[float]
) -> list[Pressure]:
    """PPO from ``reference`` for each ``beta`` on the lab's prompts, measured on ``prompts``."""
    trained = model.rewards(lab.prompts.features, TRAITS)
    points = []
    for beta in betas:
        run = optimise(
            reference,
            reference,
            lab.prompts.features,
            trained,
            lab.rng(21),
            beta=beta,
            rounds=lab.recipe.rounds,
            step=lab.parts.policy_step,
        )
        points.append(_pressure(run.policy, reference, model, prompts, beta))
    return points


def along_training(
    policies: Iterable[Policy], reference: Policy, model: RewardModel, prompts: Prompts, beta: float
) -> list[Pressure]:
    """The same for the snapshots of one run: optimisation pressure as time."""
    return [_pressure(policy, reference, model, prompts, beta) for policy in policies]


@dataclass(frozen=True)
class Turn:
    """One turn of the loop: measures of the policy after it, and three opinions on the labels that made it."""

    measures: Measures
    teacher_says: float
    """Share of the turn's own AI labels that its reward model reproduces: the number that a dashboard shows."""
    truth_says: float
    """Share of those labels that prefer the truly better response (ties in truth left out)."""
    human_pairs: int


TEACHERS = ("self", "frozen", "anchored")


def feedback_loop(lab: Lab, start: Policy, prompts: Prompts, *, teacher: str, turns: int = 6) -> list[Turn]:
    """Label, fit, optimise, and begin again from the result; ``teacher`` says who labels.

    * ``"self"``: the policy of the turn. Its idea of a restricted prompt is how often it refuses it, so that each
      refusal is evidence for the next.
    * ``"frozen"``: the lab's fixed judge, which never saw this policy.
    * ``"anchored"``: the policy itself, plus ``lab.recipe.anchors`` fresh human comparisons a turn of what it says now.
      AI labels are made again each turn; human ones are kept.

    Measured on ``prompts``. The reference of each turn is the policy before it.
    """
    if teacher not in TEACHERS:
        raise ValueError(f"teacher {teacher!r} is not one of {TEACHERS}: pick one")
    recipe, policy, result = lab.recipe, start, list[Turn]()
    everyone, human = np.arange(len(lab.prompts)), list[Pair]()
    for turn in range(turns):
        rng = lab.rng(100 + turn)
        own = RuleJudge(lab.prompts, policy_risk(lab.prompts, policy), position_bias=recipe.position_bias)
        judge = lab.judge() if teacher == "frozen" else own
        asked = sample_questions(policy, lab.prompts, lab.draw_rows(everyone, recipe.ai_pairs, rng), rng)
        sections = recipe.constitution.ids
        ai = lab.parts.ai_preferences(asked, sections, recipe.constitution, judge, clamp=recipe.clamp)
        if teacher == "anchored":
            human += anchor_pairs(lab, policy, recipe.anchors, rng)
        model = lab.reward_model([*ai, *human])
        policy = lab.reinforce(policy, model, [*ai, *human], rng).policy
        agreed = model.accuracy(*lab.design(ai))
        result.append(Turn(measure(policy, prompts, start), agreed, label_accuracy(lab, ai), len(human)))
    return result


def label_accuracy(lab: Lab, pairs: Iterable[Pair]) -> float:
    """Share of pairs whose label favours the response of higher gold quality; ties of either kind are left out."""
    right = []
    for pair in pairs:
        row = lab.prompts.row_of(pair.prompt)
        gap = lab.gold[row, row_of(pair.a)] - lab.gold[row, row_of(pair.b)]
        if gap != 0 and pair.p_a != 0.5:
            right.append((gap > 0) == (pair.p_a > 0.5))
    return float(np.mean(right)) if right else float("nan")


def _known(reference: Policy, model: RewardModel, prompts: Prompts) -> tuple[FloatArray, FloatArray]:
    return reference.log_probs(prompts.features), model.rewards(prompts.features, TRAITS)


def _mean(log_probs: FloatArray, rewards: FloatArray) -> float:
    return float((np.exp(log_probs) * rewards).sum(axis=1).mean())


def _pressure(
    policy: Policy, reference: Policy, model: RewardModel, prompts: Prompts, beta: float
) -> Pressure:
    log_reference, rewards = _known(reference, model, prompts)
    gain = _mean(policy.log_probs(prompts.features), rewards) - _mean(log_reference, rewards)
    return Pressure(beta, gain, measure(policy, prompts, reference))
