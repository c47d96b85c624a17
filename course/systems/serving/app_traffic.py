"""Requests of many applications, each of which begins its prompts with the same tokens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from course.systems.serving.replica import Job

LENGTHS, LONGEST = (130, 0.9), 1_000
"""Median and sigma of an answer's tokens, and the most."""


@dataclass(frozen=True)
class Surge:
    """``times`` the usual rate from ``begin_ms`` to ``end_ms``."""

    begin_ms: float
    end_ms: float
    times: float


@dataclass(frozen=True)
class Traffic:
    """``requests`` at ``rate`` a second of ``apps`` applications, whose prompts begin with ``prefix`` tokens of the application and go on with 50 to
    ``own`` of their own.

    ``skew`` is Zipf's exponent of the applications; ``hot`` the share of the first application, or 0 for Zipf's own; ``unique`` the share of prompts whose beginning nobody has sent before;
    ``answers`` multiplies the tokens of every answer.
    """

    requests: int
    rate: float
    apps: int = 32
    skew: float = 0.3
    prefix: int = 2_000
    own: int = 400
    hot: float = 0.0
    unique: float = 0.0
    answers: float = 1.0
    surge: Surge | None = None
    seed: int = 25


@lru_cache(maxsize=16)
def jobs_of(traffic: Traffic) -> tuple[Job, ...]:
    """The requests in the order of their coming. One seed gives one stream: a rate, a share or a length that changes leaves what was drawn."""
    rng, n = np.random.default_rng(traffic.seed), traffic.requests
    gaps, lengths = rng.exponential(1_000, n), rng.lognormal(0.0, 1.0, n)
    own, luck, new = rng.random(n), rng.random(n), rng.random(n)
    shares = np.arange(1, traffic.apps + 1) ** -traffic.skew
    if traffic.hot:
        shares[0] = shares[1:].sum() * traffic.hot / (1 - traffic.hot)
    app = np.searchsorted(np.cumsum(shares / shares.sum()), luck)
    answer = np.clip(LENGTHS[0] * lengths ** LENGTHS[1], 4, LONGEST) * traffic.answers
    jobs, at, surge = [], 0.0, traffic.surge
    for number in range(n):
        times = surge.times if surge and surge.begin_ms <= at < surge.end_ms else 1.0
        at += float(gaps[number]) / (traffic.rate * times)
        name = f"app {int(app[number])}"
        jobs.append(
            Job(
                number,
                at,
                f"{name}, {number}" if new[number] < traffic.unique else name,
                traffic.prefix,
                50 + int(own[number] * (traffic.own - 50)),
                float(answer[number]),
            )
        )
    return tuple(jobs)
