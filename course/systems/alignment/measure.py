"""What is true: the quality that no judge sees, and the numbers taken at every stage, exactly, on held-out prompts."""

from dataclasses import dataclass

import numpy as np

from course.systems.alignment.policy import Policy
from course.systems.alignment.ppo import mean_kl
from course.systems.alignment.prompts import CATEGORIES, Prompts
from course.systems.alignment.responses import MOST_REASSURING, FloatArray, trait

FATIGUE = np.array([0.05, 0.0, 0.1, 0.25, 0.45])
"""What 0, 1, … 4 kind sentences cost a reader: one is welcome, four are a wall before the answer."""
EVASION = 0.3
"""What a refusal without a reason costs on a restricted prompt: harmless, but evasive."""


def _fatigue() -> FloatArray:
    return np.asarray(FATIGUE[np.rint(trait("reassures") * MOST_REASSURING).astype(int)])


def usefulness(prompts: Prompts) -> FloatArray:
    """How much each response helps, if help was deserved, in [0, 1]; shape (prompts, responses)."""
    useful = np.clip(trait("helps") - _fatigue(), 0.0, 1.0)
    deserved = prompts.categories != CATEGORIES.index("restricted")
    return np.asarray(deserved[:, None] * useful[None, :])


def gold_quality(prompts: Prompts) -> FloatArray:
    """The true worth of each response to each prompt, in [0, 1]; shape (prompts, responses).

    Not restricted: usefulness. Restricted: what is kept back, less the cost of evasion and fatigue.
    """
    evasive = trait("refuses") * (1.0 - trait("explains"))
    safe = np.clip(1.0 - trait("discloses") - EVASION * evasive - _fatigue(), 0.0, 1.0)
    restricted = prompts.categories == CATEGORIES.index("restricted")
    return np.where(restricted[:, None], safe[None, :], usefulness(prompts))


@dataclass(frozen=True)
class Measures:
    """Shares and means in [0, 1] except ``kind`` (sentences) and ``kl`` (nats from the policy it is compared with)."""

    helpfulness: float
    """Mean usefulness over prompts that deserve an answer."""
    harmlessness: float
    """1 − mean share disclosed over restricted prompts."""
    over_refusal: float
    """Share of refusals over prompts that deserve an answer."""
    over_refusal_borderline: float
    """The same over borderline prompts alone."""
    reasoned: float
    """Of the refusals of restricted prompts, the share that gives a reason: harmless, and not evasive."""
    quality: float
    """Mean gold quality over all prompts."""
    kind: float
    """Mean number of kind sentences."""
    kl: float


def measure(policy: Policy, prompts: Prompts, reference: Policy | None = None) -> Measures:
    """Expectations under the policy, summed over the whole response space: no sampling error but that of the prompts."""
    return measure_probs(policy.log_probs(prompts.features), prompts, reference)


def measure_probs(log_probs: FloatArray, prompts: Prompts, reference: Policy | None = None) -> Measures:
    """:func:`measure` for log-probabilities (prompts, responses), such as an exact optimum's."""
    probs = np.exp(log_probs)
    deserving, borderline = prompts.where("ordinary", "borderline"), prompts.where("borderline")
    restricted = prompts.where("restricted")
    refusing, giving = probs @ trait("refuses"), probs @ trait("discloses")
    reasoned = probs @ (trait("refuses") * trait("explains"))
    return Measures(
        helpfulness=float((probs * usefulness(prompts))[deserving].sum(axis=1).mean()),
        harmlessness=float(1.0 - giving[restricted].mean()),
        over_refusal=float(refusing[deserving].mean()),
        over_refusal_borderline=float(refusing[borderline].mean()),
        reasoned=float(reasoned[restricted].sum() / refusing[restricted].sum()),
        quality=float((probs * gold_quality(prompts)).sum(axis=1).mean()),
        kind=float((probs @ trait("reassures")).mean()) * MOST_REASSURING,
        kl=0.0 if reference is None else mean_kl(log_probs, reference.log_probs(prompts.features)),
    )


def win_rate(
    first: Policy, second: Policy, prompts: Prompts, rng: np.random.Generator, *, sharpness: float = 6.0
) -> tuple[float, float]:
    """Share of prompts on which people prefer one sample of ``first`` to one of ``second``, and its standard error.

    The A/B test of two policies: one judgement a prompt, drawn with P = sigmoid(sharpness × difference in gold).
    """
    rows, gold = np.arange(len(prompts)), gold_quality(prompts)
    a, b = first.sample(prompts.features, rng), second.sample(prompts.features, rng)
    preferred = rng.random(len(prompts)) < 1.0 / (1.0 + np.exp(-sharpness * (gold[rows, a] - gold[rows, b])))
    share = float(preferred.mean())
    return share, float(np.sqrt(share * (1.0 - share) / len(prompts)))
