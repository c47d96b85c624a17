"""The small policy: a softmax over the response space whose logits are linear in what is seen of the prompt."""

from dataclasses import dataclass

import numpy as np

from course.systems.alignment.errors import NothingToLearnFrom
from course.systems.alignment.responses import FloatArray, IntArray


def log_softmax(logits: FloatArray) -> FloatArray:
    """Log-probabilities along the last axis, shifted so that no exponential overflows."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


@dataclass(frozen=True)
class Policy:
    """``log pi(response | prompt) = log_softmax(features @ weights)``; ``weights`` has shape (features, responses)."""

    weights: FloatArray

    def log_probs(self, features: FloatArray) -> FloatArray:
        """Shape (prompts, responses)."""
        return log_softmax(features @ self.weights)

    def probs(self, features: FloatArray) -> FloatArray:
        """Shape (prompts, responses); rows sum to 1."""
        return np.exp(self.log_probs(features))

    def sample(self, features: FloatArray, rng: np.random.Generator) -> IntArray:
        """One response row for each prompt, by the inverse of the cumulative distribution; shape (prompts,)."""
        cumulative = self.probs(features).cumsum(axis=1)
        drawn = rng.random((len(features), 1)) * cumulative[:, -1:]
        return np.asarray((drawn > cumulative).sum(axis=1), dtype=np.int64)


def likelihood(
    weights: FloatArray, features: FloatArray, actions: IntArray, l2: float
) -> tuple[float, FloatArray]:
    """Mean log-likelihood of ``actions`` minus ``l2 / 2 * |weights|^2``, and its gradient (shape of ``weights``)."""
    rows = np.arange(len(actions))
    log_probs = log_softmax(features @ weights)
    residual = -np.exp(log_probs)
    residual[rows, actions] += 1.0
    value = log_probs[rows, actions].mean() - l2 / 2 * (weights**2).sum()
    return float(value), features.T @ residual / len(actions) - l2 * weights


def fit_supervised(
    features: FloatArray,
    actions: IntArray,
    n_responses: int,
    *,
    start: Policy | None = None,
    l2: float = 1e-3,
    iterations: int = 200,
) -> Policy:
    """Maximum likelihood on demonstrations, by accelerated gradient ascent (Nesterov) at the step 1 / L.

    The problem is concave: ``start`` changes how soon, not where, it ends. Cost: iterations × (n × features ×
    responses) multiplications. Raises :class:`NothingToLearnFrom` on no demonstration.
    """
    if len(actions) == 0:
        raise NothingToLearnFrom("demonstrations")
    weights = np.zeros((features.shape[1], n_responses)) if start is None else start.weights.copy()
    # The softmax's Hessian has spectral norm at most 1/2, so this step never overshoots.
    step = 1.0 / (0.5 * np.linalg.norm(features, 2) ** 2 / len(features) + l2)
    ahead = weights
    for count in range(iterations):
        _, gradient = likelihood(ahead, features, actions, l2)
        moved = ahead + step * gradient
        ahead = moved + count / (count + 3) * (moved - weights)
        weights = moved
    return Policy(weights)
