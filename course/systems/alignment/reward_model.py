"""A Bradley–Terry reward model, linear in (prompt feature × response trait), fitted to soft preference labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from course.systems.alignment.errors import NothingToLearnFrom
from course.systems.alignment.responses import FloatArray, IntArray


@dataclass(frozen=True)
class RewardModel:
    """``r(prompt, response) = features @ weights @ traits``; ``weights`` has shape (features, traits).

    Only differences between responses to one prompt mean anything: a preference never says how good both are.
    """

    weights: FloatArray

    def rewards(self, features: FloatArray, traits: FloatArray) -> FloatArray:
        """Rewards of all responses, shape (prompts, responses)."""
        return features @ self.weights @ traits.T

    def accuracy(self, joint: FloatArray, p_first: FloatArray) -> float:
        """Share of pairs whose labelled side (``p_first`` over or under 1/2) the model prefers too; ties are left out."""
        decided = p_first != 0.5
        agrees = (joint @ self.weights.ravel() > 0) == (p_first > 0.5)
        return float(agrees[decided].mean()) if decided.any() else float("nan")


def worst_of(models: Sequence[RewardModel], features: FloatArray, traits: FloatArray) -> FloatArray:
    """The least reward that any of several models gives, shape (prompts, responses).

    Each is taken from its own mean over a prompt's responses, since only differences mean anything. A policy that pursues
    it gains nothing where the models disagree. Source: Coste et al. 2023 (arXiv 2310.02743), worst-case optimisation.
    """
    rewards = np.stack([model.rewards(features, traits) for model in models])
    return np.asarray((rewards - rewards.mean(axis=2, keepdims=True)).min(axis=0))


def differences(features: FloatArray, first: FloatArray, second: FloatArray) -> FloatArray:
    """What the model sees of a pair: features ⊗ (traits of first − traits of second), shape (pairs, features × traits).

    ``features`` (pairs, features) belong to the pair's prompt; ``first`` and ``second`` are (pairs, traits).
    """
    outer = features[:, :, None] * (first - second)[:, None, :]
    return outer.reshape(len(features), -1)


def preference_loss(
    weights: FloatArray, joint: FloatArray, p_first: FloatArray, l2: float
) -> tuple[float, FloatArray]:
    """Mean cross-entropy of ``sigmoid(joint @ weights)`` with soft labels plus ``l2 / 2 * |weights|^2``, and gradient.

    ``weights`` is flat. −p log σ(z) − (1−p) log σ(−z) = log(1 + e^z) − p z, written so that it cannot overflow.
    """
    margin = joint @ weights
    value = (np.logaddexp(0.0, margin) - p_first * margin).mean() + l2 / 2 * weights @ weights
    gradient = joint.T @ (_sigmoid(margin) - p_first) / len(joint) + l2 * weights
    return float(value), gradient


def fit_reward_model(
    joint: FloatArray, p_first: FloatArray, n_traits: int, *, l2: float = 1e-3, iterations: int = 30
) -> RewardModel:
    """The minimum of :func:`preference_loss` by Newton's method; convex, so it is the only one.

    Soft labels in [0, 1] enter as they are: 0.6 pulls with the strength of a bet, not of a verdict. Cost: iterations ×
    pairs × (features × traits)². Raises :class:`NothingToLearnFrom` on no pair. Source: Bradley and Terry 1952;
    arXiv 2212.08073, §4.1.
    """
    if len(joint) == 0:
        raise NothingToLearnFrom("preference pairs")
    weights = np.zeros(joint.shape[1])
    for _ in range(iterations):
        _, gradient = preference_loss(weights, joint, p_first, l2)
        share = _sigmoid(joint @ weights)
        hessian = (joint * (share * (1 - share))[:, None]).T @ joint / len(joint) + l2 * np.eye(len(weights))
        move = np.linalg.solve(hessian, gradient)
        # Far from the minimum a full Newton step can overshoot; a capped one still descends on a convex loss.
        weights = weights - move * min(1.0, 5.0 / max(float(np.abs(move).max()), 1e-300))
        if np.abs(gradient).max() < 1e-12:
            break
    return RewardModel(weights.reshape(-1, n_traits))


def rows_to_joint(features: FloatArray, traits: FloatArray, first: IntArray, second: IntArray) -> FloatArray:
    """:func:`differences` for response rows: ``first`` and ``second`` index ``traits``."""
    return differences(features, traits[first], traits[second])


def _sigmoid(x: FloatArray) -> FloatArray:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)))
