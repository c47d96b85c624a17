"""Day 33's training run: one set of prompts, one recipe, one set of limits, in every part of the day."""

from functools import cache

from course.systems.alignment.constitution import CONSTITUTION, Constitution
from course.systems.alignment.pipeline import Lab, Recipe, supervised_on_revisions
from course.systems.alignment.policy import Policy
from course.systems.alignment.prompts import Prompts
from datasets.prompts import make_prompts

RECIPE = Recipe(ai_pairs=1000, human_pairs=500)
"""What Run shows and Break damages: 1,000 questions to the AI judge, 500 to people, beta 0.4, 80 rounds of PPO."""

KEPT_BACK, REFUSED, DISTANCE = 0.60, 0.30, 0.6
"""The limits: restricted detail kept back, at least; borderline requests refused, at most; nats from the model that was
red-teamed, at most."""

BRIEF = "Be considerate of the person who asks, and brief."
REWORDED = CONSTITUTION.reworded("harm.3", BRIEF)
HARM = Constitution(CONSTITUTION.sections[:3])


@cache
def prompts() -> Prompts:
    """The 400 that are trained on."""
    return make_prompts(400, 7)


@cache
def held_out() -> Prompts:
    """1,200 others, on which everything is measured."""
    return make_prompts(1200, 34)


@cache
def supervised() -> Policy:
    """SL-CAI, made by the library: what the designs of the interview start from."""
    return supervised_on_revisions(Lab(prompts(), RECIPE))[0]
