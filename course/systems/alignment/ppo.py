"""Phase two, second half: the policy moves towards reward, a clipped step at a time, on a leash to where it began."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course.systems.alignment.errors import BadCoefficient, NothingToLearnFrom
from course.systems.alignment.policy import Policy, log_softmax
from course.systems.alignment.responses import FloatArray, IntArray


@dataclass(frozen=True)
class PolicyStep:
    """One step: the new ``weights``, and at the *old* ones the ``objective``, its ``gradient``, the mean ``kl`` to the
    reference (nats a prompt) and the share of samples that the clip ``silenced``."""

    weights: FloatArray
    objective: float
    gradient: FloatArray
    kl: float
    silenced: float


def policy_step(
    weights: FloatArray,
    features: FloatArray,
    actions: IntArray,
    old_log_probs: FloatArray,
    advantages: FloatArray,
    reference_log_probs: FloatArray,
    *,
    beta: float,
    clip: float,
    learning_rate: float,
) -> PolicyStep:
    """One step of gradient *ascent* on PPO's clipped objective minus ``beta`` times the KL to a reference policy.

    The policy is ``pi = softmax(features @ weights)`` over K responses. ``n`` samples come from an older policy:

    * ``weights`` (d, K), ``features`` (n, d), ``actions`` (n,) integers in [0, K),
    * ``old_log_probs`` (n,): log-probability of each action *when it was sampled*,
    * ``advantages`` (n,), used as they come; ``reference_log_probs`` (n, K): log-probabilities of all K responses under
      the reference.

    With ``ratio = exp(log pi(action) − old_log_prob)``, the objective is the mean over samples of

        min(ratio × A, clip(ratio, 1 − clip, 1 + clip) × A)  −  beta × KL(pi ‖ reference)

    where ``KL(pi ‖ reference) = Σ_y pi(y) (log pi(y) − log reference(y))`` is exact, over all K responses of the row.
    A sample is *silenced* where its clipped branch is strictly the smaller one: its first term is then a constant.

    Returns ``PolicyStep(weights, objective, gradient, kl, silenced)``: ``weights`` after the step, a new array;
    ``gradient`` the exact one of the objective, shape (d, K); ``objective``, ``kl`` (nats, mean over samples) and
    ``silenced`` (share of samples) floats. All but ``weights`` are taken at the weights that came in. The arguments stay
    as they are, and logits of a thousand are no trouble.

    Raises ``BadCoefficient(given, limit)`` unless ``0 <= beta < inf`` and ``0 < clip < 1`` (nan is neither): two texts of
    your own, such as ``"beta = -1"`` and ``"beta >= 0"``, of either where both are wrong. Then ``NothingToLearnFrom("samples")`` if n is 0.

    Cost: O(n × d × K), memory O(n × (d + K) + d × K). Source: Schulman et al. 2017 (arXiv 1707.06347), eq. 7; the penalty to the
    reference policy is that of Ziegler et al. 2019 (arXiv 1909.08593), eq. 2.
    """
    if not 0 <= beta < np.inf or not 0 < clip < 1:
        raise BadCoefficient(f"beta = {beta}, clip = {clip}", "0 <= beta < inf and 0 < clip < 1")
    if len(actions) == 0:
        raise NothingToLearnFrom("samples")
    rows = np.arange(len(actions))
    log_probs = log_softmax(features @ weights)
    probs = np.exp(log_probs)
    ratio = np.exp(log_probs[rows, actions] - old_log_probs)
    free = ratio * advantages
    held = np.clip(ratio, 1 - clip, 1 + clip) * advantages
    drift = log_probs - reference_log_probs
    kl = (probs * drift).sum(axis=1)
    silenced = held < free
    push = np.where(silenced, 0.0, free)
    logits = -beta * probs * (drift - kl[:, None]) - push[:, None] * probs
    logits[rows, actions] += push
    gradient = features.T @ logits / len(actions)
    objective = float((np.minimum(free, held) - beta * kl).mean())
    return PolicyStep(
        weights + learning_rate * gradient, objective, gradient, float(kl.mean()), float(silenced.mean())
    )


def exact_optimum(reference_log_probs: FloatArray, rewards: FloatArray, beta: float) -> FloatArray:
    """The policy that maximises E[reward] − beta × KL(pi ‖ reference): pi* ∝ reference × exp(reward / beta).

    Both arguments (prompts, responses); returns log-probabilities of that shape. Raises :class:`BadCoefficient`
    unless ``beta > 0``. Source: Rafailov et al. 2023 (arXiv 2305.18290), eq. 4.
    """
    if not beta > 0:
        raise BadCoefficient(f"beta = {beta}", "beta > 0")
    return log_softmax(reference_log_probs + rewards / beta)


def mean_kl(log_probs: FloatArray, reference_log_probs: FloatArray) -> float:
    """Mean over prompts of KL(pi ‖ reference), nats."""
    return float((np.exp(log_probs) * (log_probs - reference_log_probs)).sum(axis=1).mean())


@dataclass(frozen=True)
class Training:
    """A run of :func:`optimise`: the policy after every round (the first is the start), and counts."""

    policies: tuple[Policy, ...]
    samples: int
    steps: int

    @property
    def policy(self) -> Policy:
        """The last one."""
        return self.policies[-1]


def optimise(
    start: Policy,
    reference: Policy,
    features: FloatArray,
    rewards: FloatArray,
    rng: np.random.Generator,
    *,
    beta: float,
    clip: float = 0.2,
    rounds: int = 80,
    batch: int = 1024,
    epochs: int = 4,
    learning_rate: float = 12.0,
    step: Callable[..., PolicyStep] = policy_step,
) -> Training:
    """PPO: each round samples ``batch`` responses from the current policy and takes ``epochs`` steps on them.

    ``rewards`` (prompts, responses) are the reward model's. The baseline is the policy's own expected reward on the
    prompt, exact because the response space is small. Advantages are not normalised, so ``beta`` is in units of reward
    for a nat. ``step`` is the policy step to use.
    """
    policies = [start]
    # The penalty's curvature grows with beta; a longer step than this would overshoot it and run away.
    scale = float(np.linalg.norm(features, 2)) ** 2 / len(features)
    longest = min(learning_rate, 4.0 / (beta * scale)) if beta > 0 else learning_rate
    reference_rows = reference.log_probs(features)
    for count in range(rounds):
        policy = policies[-1]
        prompts = rng.integers(len(features), size=batch)
        seen = features[prompts]
        actions = policy.sample(seen, rng)
        log_probs = policy.log_probs(seen)
        baseline = (np.exp(log_probs) * rewards[prompts]).sum(axis=1)
        advantages = rewards[prompts, actions] - baseline
        weights = policy.weights
        for _ in range(epochs):
            moved = step(
                weights,
                seen,
                actions,
                log_probs[np.arange(batch), actions],
                advantages,
                reference_rows[prompts],
                beta=beta,
                clip=clip,
                learning_rate=longest * (1.0 - count / rounds),
            )
            weights = moved.weights
        policies.append(Policy(weights))
    return Training(tuple(policies), rounds * batch, rounds * epochs)
