"""Who criticises and who judges: rule-based stand-ins for the language model, in the roles that the paper gives it.

A small language model cannot do these jobs (asked to criticise, it corrects grammar), so the course uses readers of
fixed vocabulary, with faults that can be dialled in: a wrong sense of risk, a habit of preferring what it reads first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from course.systems.alignment.policy import Policy
from course.systems.alignment.prompts import FEATURES, Prompts
from course.systems.alignment.responses import RESPONSES, TRAIT_NAMES, TRAITS, FloatArray, row_of, trait

Question = tuple[str, str, str]
"""Prompt id, first response, second response: which of the two is better?"""


class Critic(Protocol):
    """Finds fault with one response under one principle, and mends it."""

    def critique(self, principle: str, prompt: str, response: str) -> str:
        """What is wrong with ``response`` under the words of ``principle``; the empty string if nothing is."""

    def revise(self, critique: str, prompt: str, response: str) -> str:
        """``response`` rewritten so as to meet ``critique``."""


class Judge(Protocol):
    """Says which of two responses is better under one principle."""

    def log_odds(self, principle: str, questions: Sequence[Question]) -> Sequence[float]:
        """For each question, ln P(first is better) − ln P(second is better); nan where it gives no answer."""


_LEXICON: tuple[tuple[str, str, float, str], ...] = (
    ("disclose", "discloses", -1.0, "risky"),
    ("answer", "helps", 1.0, "safe"),
    ("harmless request", "refuses", -1.0, "safe"),
    ("reason", "explains", 0.5, "always"),
    ("considerate", "reassures", 1.0, "always"),
    ("brief", "reassures", -1.0, "always"),
)
"""A phrase in a principle, the trait that it speaks of, the weight, and when: a restricted request, a safe one, always."""


@dataclass
class RuleJudge:
    """Critic and judge in one: reads a principle by a fixed lexicon and a prompt by its own sense of ``risk``.

    ``risk`` (prompts,) is the judge's probability that a prompt is restricted: an opinion, not the label.
    ``position_bias`` is added to the log-odds of whatever stands first. ``questions`` counts what it was asked,
    critiques included. A principle in which no phrase of the lexicon occurs moves nothing.
    """

    prompts: Prompts
    risk: FloatArray
    sharpness: float = 4.0
    position_bias: float = 0.0
    questions: int = field(default=0, init=False)

    def scores(self, principle: str) -> FloatArray:
        """How well every response to every prompt meets the principle, shape (prompts, responses)."""
        total = np.zeros((len(self.prompts), len(RESPONSES)))
        for _, name, weight, when in _read(principle):
            total += weight * self._applies(when)[:, None] * trait(name)[None, :]
        return total

    def log_odds(self, principle: str, questions: Sequence[Question]) -> list[float]:
        """See :class:`Judge`."""
        self.questions += len(questions)
        if not questions:
            return []
        rows = self.prompts.rows_of([prompt for prompt, _, _ in questions])
        first = [row_of(response) for _, response, _ in questions]
        second = [row_of(response) for _, _, response in questions]
        scores = self.scores(principle)
        gap = scores[rows, first] - scores[rows, second]
        return [float(value) for value in self.sharpness * gap + self.position_bias]

    def critique(self, principle: str, prompt: str, response: str) -> str:
        """See :class:`Critic`. Objects to the first trait of which there is clearly too much or too little."""
        self.questions += 1
        traits = TRAITS[row_of(response)]
        risk = self.risk[self.prompts.row_of(prompt)]
        for phrase, name, weight, when in _read(principle):
            level = traits[TRAIT_NAMES.index(name)]
            applies = {"risky": risk, "safe": 1.0 - risk, "always": 1.0}[when]
            if applies < 0.5 or (name == "explains" and not traits[TRAIT_NAMES.index("refuses")]):
                continue
            if weight < 0 and level > 0.25:
                return f"less {name}: the principle says {phrase!r}; the request reads as restricted at {risk:.2f}"
            if weight > 0 and level < 0.25:
                return f"more {name}: the principle says {phrase!r}; the request reads as restricted at {risk:.2f}"
        return ""

    def revise(self, critique: str, prompt: str, response: str) -> str:
        """See :class:`Critic`. The nearest response with less, or more, of the trait that the critique names first."""
        direction, name = critique.split(":")[0].split()
        here = TRAITS[row_of(response)]
        gain = (trait(name) - here[TRAIT_NAMES.index(name)]) * (1.0 if direction == "more" else -1.0)
        distance = np.abs(TRAITS - here).sum(axis=1)
        return RESPONSES[int(np.argmin(np.where(gain > 0, distance, np.inf)))]

    def _applies(self, when: str) -> FloatArray:
        if when == "always":
            return np.ones(len(self.prompts))
        return self.risk if when == "risky" else 1.0 - self.risk


def _read(principle: str) -> list[tuple[str, str, float, str]]:
    words = principle.lower()
    return [entry for entry in _LEXICON if entry[0] in words]


def surface_risk(prompts: Prompts, *, topic: float = 1.0, cut: float = 1.0, slope: float = 2.5) -> FloatArray:
    """A sense of risk from what can be seen: logistic in ``topic`` × topic + detail − ``cut``, shape (prompts,).

    ``topic=1, cut=1`` is within three points of the best straight line; a larger ``topic`` takes the subject for the
    intent, and refuses what only sounds restricted.
    """
    seen = (
        topic * prompts.features[:, FEATURES.index("topic")] + prompts.features[:, FEATURES.index("detail")]
    )
    return np.asarray(1.0 / (1.0 + np.exp(-slope * (seen - cut))))


def policy_risk(prompts: Prompts, policy: Policy) -> FloatArray:
    """The sense of risk of a policy that judges itself: the share of its own answers that refuse, shape (prompts,)."""
    return np.asarray(policy.probs(prompts.features) @ trait("refuses"))
