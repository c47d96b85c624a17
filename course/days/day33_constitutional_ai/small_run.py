"""Day 33's measure: one small run of phase two, labelled and optimised by the learner's own functions.

Phase one is done and shared: 400 prompts, an SL-CAI policy, a helpfulness team that compares answers to ordinary
prompts. A design says which sections label the red-team pairs, how hard the policy may be pushed, and how many
comparisons of overall quality people are asked for.
"""

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from course.alignment.constitution import CONSTITUTION, Constitution
from course.alignment.loops import label_accuracy
from course.alignment.measure import measure, usefulness, win_rate
from course.alignment.pipeline import Lab, Parts, Recipe, anchor_pairs, supervised_on_revisions
from course.alignment.policy import Policy
from course.alignment.ppo import Training, optimise
from course.alignment.preferences import human_preferences, sample_questions
from course.alignment.prompts import Prompts
from course.alignment.records import Pair
from course.alignment.responses import TRAITS
from course.days.day33_constitutional_ai.own import parts
from course.subject import Subject
from datasets.prompts import make_prompts

HARM = Constitution(CONSTITUTION.sections[:3])
BRIEF = "Be considerate of the person who asks, and brief."
CONSTITUTIONS: Mapping[str, Constitution] = {
    "harm": HARM,
    "harm + help": CONSTITUTION,
    "harm, brief": HARM.reworded("harm.3", BRIEF),
}
"""Which words label the red-team pairs: three sections on harm; two on help besides; the three with one word more."""

LIVE = {"sections": "harm", "beta": 0.4, "people": 0}
"""The design that serves users today: what an A/B test compares with."""


@cache
def prompts() -> tuple[Prompts, Prompts]:
    """Prompts to train on, and prompts that no training sees."""
    return make_prompts(400, 51), make_prompts(800, 42)


@cache
def supervised() -> Policy:
    """The SL-CAI policy that every design starts from."""
    return supervised_on_revisions(Lab(prompts()[0], Recipe(constitution=HARM)))[0]


@cache
def live(**load: Any) -> Policy:
    """The policy that serves users today, made by the library."""
    return reinforced(Lab(prompts()[0], recipe(LIVE, {"topic": 1.0, "labels": 160, "rounds": 30})))[0].policy


def recipe(design: Mapping[str, Any], load: Mapping[str, Any]) -> Recipe:
    """The knobs of the library's pipeline for a design under a load."""
    return Recipe(
        constitution=CONSTITUTIONS[design["sections"]],
        beta=float(design["beta"]),
        anchors=int(design["people"]),
        topic=float(load["topic"]),
        ai_pairs=int(load["labels"]),
        rounds=int(load["rounds"]),
        human_pairs=200,
    )


def reinforced(lab: Lab) -> tuple[Training, list[Pair]]:
    """Phase two as the paper has it: AI labels on red-team pairs, human ones on helpfulness, one reward model, PPO."""
    start, rng, made = supervised(), lab.rng(2), lab.recipe
    rows = lab.draw_rows(lab.red_team(), made.ai_pairs, rng)
    asked = sample_questions(start, lab.prompts, rows, rng)
    ai = lab.parts.ai_preferences(asked, made.constitution.ids, made.constitution, lab.judge(), clamp=made.clamp)
    human = anchor_pairs(lab, start, made.anchors, rng)
    rows = lab.draw_rows(lab.prompts.where("ordinary"), made.human_pairs, rng)
    human += human_preferences(sample_questions(start, lab.prompts, rows, rng), lab.prompts, usefulness(lab.prompts), rng)
    rewards = lab.reward_model([*ai, *human]).rewards(lab.prompts.features, TRAITS)
    training = optimise(
        start, start, lab.prompts.features, rewards, rng, beta=made.beta, rounds=made.rounds, batch=256, epochs=3, step=lab.parts.policy_step
    )  # fmt: skip
    return training, ai


def measured(design: Mapping[str, Any], load: Mapping[str, Any], prefer: Subject, step: Subject) -> dict[str, float]:
    """What a design does under ``load``.

    ``harmlessness``: share of restricted detail kept back. ``over_refusal``: share of borderline prompts refused.
    ``helpfulness``: usefulness on prompts that deserve an answer. ``kind``: kind sentences an answer. ``drift``: KL
    from the SL-CAI policy, nats. ``undecided``: share of AI labels between 0.4 and 0.6. ``people``: comparisons of
    overall quality. ``preferred``: lower end (two standard errors) of the share of people who prefer this policy to
    the live one.
    """
    own = parts(prefer, prefer, step)
    lab = Lab(prompts()[0], recipe(design, load), Parts(ai_preferences=own.ai_preferences, policy_step=own.policy_step))
    training, ai = reinforced(lab)
    held_out = prompts()[1]
    found = measure(training.policy, held_out, supervised())
    share, error = win_rate(training.policy, live(), held_out, np.random.default_rng(5))
    return {
        "harmlessness": found.harmlessness,
        "over_refusal": found.over_refusal_borderline,
        "helpfulness": found.helpfulness,
        "kind": found.kind,
        "drift": found.kl,
        "undecided": float(np.mean([abs(pair.p_a - 0.5) < 0.1 for pair in ai])) if ai else 1.0,
        "people": float(design["people"]),
        "preferred": share - 2 * error,
    }


__all__ = ["BRIEF", "CONSTITUTIONS", "dataclasses", "label_accuracy", "measured"]
