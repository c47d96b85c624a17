"""Service-level objectives for a stream of tokens, and the requests that are served within them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from course.systems.serving.errors import InvalidOutcomes, InvalidSetting
from course.systems.serving.simulation import Outcomes


@dataclass(frozen=True)
class Slo:
    """What a user of a token stream is promised, in milliseconds.

    `ttft_ms`: the first token, queueing included. `tpot_ms`: the *mean* time per output token after it.
    `gap_ms`: the *worst* single wait between two tokens, which a mean over a long answer hides.
    Raises `InvalidSetting` for a limit that is not positive.
    """

    ttft_ms: float
    tpot_ms: float
    gap_ms: float = float("inf")

    def __post_init__(self) -> None:
        if not (self.ttft_ms > 0 and self.tpot_ms > 0 and self.gap_ms > 0):
            raise InvalidSetting(
                f"limits of {self.ttft_ms}, {self.tpot_ms} and {self.gap_ms} ms: each must be positive; "
                "leave gap_ms out for no limit on a single gap"
            )


def slo_goodput(
    arrival_ms: ArrayLike,
    first_token_ms: ArrayLike,
    last_token_ms: ArrayLike,
    output_tokens: ArrayLike,
    worst_gap_ms: ArrayLike,
    *,
    ttft_ms: float,
    tpot_ms: float,
    gap_ms: float,
    duration_ms: float,
) -> float:
    """Requests a second for which *every* promise was kept.

    Five arrays (or lists) with one entry a request: when it arrived, when its first and its
    last token came (milliseconds on one clock), how many tokens its answer has, and its
    longest wait between two tokens. A request is good when all three promises hold, each
    limit inclusive:

    - `first - arrival <= ttft_ms`: waiting in line counts;
    - `(last - first) / (output_tokens - 1) <= tpot_ms`: k tokens have k - 1 gaps; an answer
      of one token has none and keeps this promise, whatever the limit;
    - `worst_gap <= gap_ms`.

    NaN as first or last token time marks a request that was refused or never finished: it
    is not good. Nor is an answer, of one token or more, whose worst gap is NaN: nobody knows
    that the promise was kept. Return the number of good requests divided by `duration_ms`,
    the length of the observation, in requests per *second*; 0.0 for no requests. The arrays
    stay as they came. Raises `InvalidOutcomes(message)` for arrays of unequal length, or a
    duration that is not above 0 (NaN is not), also where there are no requests. Limits are
    compared as they stand, without a tolerance. Complexity: O(n). Source: DistServe (Zhong et
    al., OSDI 2024), section 1, for the first two promises; Sarathi-Serve (Agrawal et al.,
    OSDI 2024), section 2.4,
    for the third.
    """
    arrival, first, last = (np.asarray(ms, np.float64) for ms in (arrival_ms, first_token_ms, last_token_ms))
    tokens, worst = np.asarray(output_tokens, np.int64), np.asarray(worst_gap_ms, np.float64)
    if len({len(column) for column in (arrival, first, last, tokens, worst)}) != 1 or not duration_ms > 0:
        raise InvalidOutcomes(
            f"{len(arrival)} arrivals, {len(first)} first tokens, {len(last)} last tokens, {len(tokens)} counts "
            f"and {len(worst)} gaps over {duration_ms} ms: one entry a request in each, and a duration above 0"
        )
    finished = ~np.isnan(first) & ~np.isnan(last)
    soon = first - arrival <= ttft_ms
    fluent = (tokens == 1) | (last - first <= tpot_ms * (tokens - 1))
    smooth = worst <= gap_ms
    good = int(np.count_nonzero(finished & soon & fluent & smooth))
    return 1000.0 * good / duration_ms


def goodput_of(outcomes: Outcomes, slo: Slo, duration_ms: float) -> float:
    """`slo_goodput` of simulated outcomes."""
    return slo_goodput(
        outcomes.arrival_ms,
        outcomes.first_token_ms,
        outcomes.last_token_ms,
        outcomes.output_tokens,
        outcomes.worst_gap_ms,
        ttft_ms=slo.ttft_ms,
        tpot_ms=slo.tpot_ms,
        gap_ms=slo.gap_ms,
        duration_ms=duration_ms,
    )


def slo_attainment(outcomes: Outcomes, slo: Slo) -> float:
    """Share of all requests, refused ones included, that met every limit; 1.0 for none."""
    if not len(outcomes.id):
        return 1.0
    return goodput_of(outcomes, slo, 1000.0) / len(outcomes.id)
