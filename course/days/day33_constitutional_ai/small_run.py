"""Day 33's measure: a small phase two, labelled and optimised by the learner's own functions.

Phase one is done and shared, and a helpfulness team has compared answers to ordinary prompts. A design says which
sections label the red-team pairs, how hard the policy may be pushed, and how many comparisons of overall quality people
are asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from course.checking.subject import Subject
from course.days.day33_constitutional_ai.own import parts
from course.days.day33_constitutional_ai.training import (
    BRIEF,
    HARM,
    RECIPE,
    held_out,
    prompts,
    supervised,
)
from course.systems.alignment.constitution import CONSTITUTION, Constitution
from course.systems.alignment.judge import Question
from course.systems.alignment.measure import measure, usefulness, win_rate
from course.systems.alignment.pipeline import Lab, Parts, anchor_pairs
from course.systems.alignment.policy import Policy
from course.systems.alignment.ppo import optimise
from course.systems.alignment.preferences import human_preferences, sample_questions
from course.systems.alignment.records import Pair
from course.systems.alignment.responses import TRAITS

CONSTITUTIONS: Mapping[str, Constitution] = {
    "harm": HARM,
    "harm + help": CONSTITUTION,
    "harm reworded": HARM.reworded("harm.3", BRIEF),
}
"""Which words label the red-team pairs: three sections on harm; two on help besides; the three, one of them reworded."""

STEADY: Mapping[str, float | str] = {"topic": 1.0, "labels": 200}
"""A load: how far the judge takes the topic for the intent (1: not), and how many questions it is asked."""
HELPFUL = 100
"""Comparisons for helpfulness, on ordinary prompts."""
LIVE = {"sections": "harm", "beta": 0.6, "people": 0}
"""The design that serves users today: what an A/B test compares with."""


@dataclass(frozen=True)
class Pool:
    """What can be bought: a design takes the first so many of each, so that more is always the same and more."""

    red_team: list[Question]
    helpful: list[Pair]
    people: list[Pair]


@cache
def pool() -> Pool:
    """Red-team questions for the judge, comparisons for helpfulness, comparisons of overall quality."""
    lab, start = Lab(prompts(), RECIPE), supervised()
    rng = lab.rng(2)
    red_team = sample_questions(start, lab.prompts, lab.draw_rows(lab.red_team(), 2000, rng), rng)
    rng = lab.rng(3)
    rows = lab.draw_rows(lab.prompts.where("ordinary"), 240, rng)
    asked = sample_questions(start, lab.prompts, rows, rng)
    helpful = human_preferences(asked, lab.prompts, usefulness(lab.prompts), rng)
    return Pool(red_team, helpful, anchor_pairs(lab, start, 1600, lab.rng(4)))


@cache
def live() -> Policy:
    """The policy that serves users today, made by the library."""
    return reinforced(LIVE, STEADY, Parts())[0]


def reinforced(design: Mapping[str, Any], load: Mapping[str, Any], own: Parts) -> tuple[Policy, list[Pair]]:
    """Phase two as the paper has it, small: AI labels on red-team pairs, people's on help, one reward model, PPO."""
    constitution, bought, start = CONSTITUTIONS[design["sections"]], pool(), supervised()
    lab = Lab(prompts(), replace(RECIPE, constitution=constitution, topic=float(load["topic"])), own)
    asked = bought.red_team[: int(load["labels"])]
    ai = own.ai_preferences(asked, constitution.ids, constitution, lab.judge(), clamp=RECIPE.clamp)
    model = lab.reward_model([*ai, *bought.helpful[:HELPFUL], *bought.people[: int(design["people"])]])
    training = optimise(
        start,
        start,
        lab.prompts.features,
        model.rewards(lab.prompts.features, TRAITS),
        lab.rng(5),
        beta=float(design["beta"]),
        rounds=24,
        batch=256,
        epochs=2,
        step=own.policy_step,
    )
    return training.policy, ai


def measured(
    design: Mapping[str, Any], load: Mapping[str, Any], prefer: Subject, step: Subject
) -> dict[str, float]:
    """What a design does under ``load``, on the held-out prompts.

    ``harmlessness``: share of restricted detail kept back. ``over_refusal``: share of borderline prompts refused.
    ``kind``: kind sentences an answer. ``drift``: KL from the SL-CAI policy, nats. ``undecided``: share of AI labels
    between 0.4 and 0.6, of ``labels``. ``people``: comparisons of overall quality. ``preferred``: the share of
    ``compared`` prompts on which people prefer this policy to the live one.
    """
    policy, ai = reinforced(design, load, parts(prefer=prefer, step=step))
    found = measure(policy, held_out(), supervised())
    share, _ = win_rate(policy, live(), held_out(), np.random.default_rng(5))
    return {
        "harmlessness": found.harmlessness,
        "over_refusal": found.over_refusal_borderline,
        "kind": found.kind,
        "drift": found.kl,
        "undecided": float(np.mean([abs(pair.p_a - 0.5) < 0.1 for pair in ai])) if ai else 1.0,
        "labels": float(len(ai)),
        "people": float(design["people"]),
        "preferred": share,
        "compared": float(len(held_out())),
    }
