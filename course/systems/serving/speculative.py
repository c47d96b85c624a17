"""Speculative decoding: what a draft model buys, and the batch size at which it stops buying."""

from course.systems.serving.errors import InvalidSetting
from course.systems.serving.step_time import StepTimeModel


def expected_tokens(acceptance: float, draft_tokens: int) -> float:
    """Expected output tokens of one verifying pass over γ = `draft_tokens` guesses.

    Each is accepted with probability α = `acceptance`, independently.
    The pass keeps the guesses before the first rejection and adds one token of its own:
    (1 − α^(γ+1)) / (1 − α), which is γ + 1 at α = 1. Source: Leviathan et al. 2023 (arXiv 2211.17192),
    equation 1. Raises `InvalidSetting` outside α in [0, 1], γ ≥ 0.
    """
    if not 0.0 <= acceptance <= 1.0 or draft_tokens < 0:
        raise InvalidSetting(
            f"acceptance {acceptance} and {draft_tokens} draft tokens: acceptance is a probability in [0, 1], "
            "draft tokens are at least 0 (0 is plain decoding)"
        )
    if acceptance == 1.0:
        return draft_tokens + 1.0
    return float((1 - acceptance ** (draft_tokens + 1)) / (1 - acceptance))


def walltime_speedup(acceptance: float, draft_tokens: int, draft_cost: float) -> float:
    """Expected speed-up over plain decoding when verifying γ + 1 tokens is as fast as one token.

    (1 − α^(γ+1)) / ((1 − α)(γc + 1)) with c = `draft_cost`, the time of a draft pass over that of a target
    pass. Source: Leviathan et al. 2023, theorem 3.8.
    """
    if draft_cost < 0:
        raise InvalidSetting(
            f"a draft pass of cost {draft_cost}: give its time over the target's, at least 0"
        )
    return expected_tokens(acceptance, draft_tokens) / (draft_tokens * draft_cost + 1)


def speedup_in_batch(
    step_time: StepTimeModel,
    batch: int,
    context: int,
    acceptance: float,
    draft_tokens: int,
    draft_cost: float,
) -> float:
    """Speed-up when a batch of `batch` sequences of `context` cached tokens is verified in one pass.

    Theorem 3.8 assumes spare arithmetic. A batch uses it up: verifying computes batch × (γ + 1) tokens, and
    once that leaves the flat part of the step-time curve every rejected guess is paid for. The draft pass costs
    `draft_cost` of a plain pass over the same batch. Values below 1 are a slow-down.
    """
    if batch < 1 or context < 0:
        raise InvalidSetting(f"a batch of {batch} with {context} cached tokens: at least 1 and 0 are needed")
    plain = step_time.ms(batch, batch * context)
    verify = step_time.ms(batch * (draft_tokens + 1), batch * context)
    spent = verify + draft_tokens * draft_cost * plain
    return expected_tokens(acceptance, draft_tokens) * plain / spent
