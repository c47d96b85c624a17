"""Seeded request streams: lengths and arrivals like the public Azure LLM traces, and the textbook's distributions.

Card: `datasets/requests.md`. Nothing here is a trace: every stream is drawn afresh from a `numpy` Generator.
"""

import csv
from dataclasses import replace
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from course.systems.serving.request import Request

Quantiles = tuple[NDArray[np.float64], NDArray[np.float64]]
_COLUMNS = ("prompt_tokens", "output_tokens", "interarrival_s")


@cache
def quantiles(kind: str) -> dict[str, Quantiles]:
    """Published percentiles of "conversation" or "code": column name to (probabilities, values)."""
    name = {"conversation": "azure_conv_quantiles.csv", "code": "azure_code_quantiles.csv"}[kind]
    with resources.files("datasets").joinpath(name).open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    probabilities = np.array([float(row["percentile"]) / 100 for row in rows])
    return {column: (probabilities, np.array([float(row[column]) for row in rows])) for column in _COLUMNS}


def draw(table: Quantiles, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw n values through the inverse of the quantile table: geometric between its points, linear from zero."""
    probabilities, values = table
    u = rng.random(n)
    cell = np.clip(np.searchsorted(probabilities, u, side="right") - 1, 0, len(values) - 2)
    low, high = values[cell], values[cell + 1]
    share = (u - probabilities[cell]) / (probabilities[cell + 1] - probabilities[cell])
    safe = np.where(low > 0, low, 1.0)
    return np.where(low > 0, safe * (np.maximum(high, safe) / safe) ** share, low + share * (high - low))


def mean_of(table: Quantiles) -> float:
    """Exact mean of what `draw` draws."""
    probabilities, values = table
    low, high = values[:-1], values[1:]
    ratio = np.log(np.where(low > 0, high, 1.0) / np.where(low > 0, low, 1.0))
    curved = (high - low) / np.where(ratio > 0, ratio, 1.0)
    cell_mean = np.where((low > 0) & (ratio > 0), curved, (low + high) / 2)
    return float((np.diff(probabilities) * cell_mean).sum())


def trace_like(
    n: int,
    rate_per_s: float | None,
    rng: np.random.Generator,
    *,
    kind: str = "conversation",
    context_tokens: int = 4096,
    priority_share: float = 0.0,
) -> list[Request]:
    """n requests with prompt, output and inter-arrival times drawn independently from the published percentiles.

    Arrivals keep the trace's burstiness and are scaled to a mean of `rate_per_s`; None puts all of them at time
    zero (saturation). Prompts are clipped so that prompt and output fit `context_tokens` (Llama 2's by default).
    With `priority_share` that share is interactive (priority 0) and the rest is batch work (priority 1).
    """
    table = quantiles(kind)
    output = np.maximum(1, np.rint(draw(table["output_tokens"], n, rng))).astype(int)
    output = np.minimum(output, context_tokens - 1)
    prompt = np.maximum(1, np.rint(draw(table["prompt_tokens"], n, rng))).astype(int)
    prompt = np.minimum(prompt, context_tokens - output)
    gaps = draw(table["interarrival_s"], n, rng) / mean_of(table["interarrival_s"])
    arrival = np.zeros(n) if rate_per_s is None else np.cumsum(gaps) * 1000.0 / rate_per_s
    batch = rng.random(n) >= priority_share if priority_share else np.zeros(n, bool)
    return [Request(i, int(prompt[i]), int(output[i]), float(arrival[i]), int(batch[i])) for i in range(n)]


def uniform_outputs(
    n: int, low: int, high: int, prompt_tokens: int, rng: np.random.Generator
) -> list[Request]:
    """n requests at time zero with equal prompts and output lengths uniform on low..high."""
    return [Request(i, prompt_tokens, int(k)) for i, k in enumerate(rng.integers(low, high + 1, n))]


def exponential_outputs(
    n: int, mean: float, prompt_tokens: int, rng: np.random.Generator, longest: int | None = None
) -> list[Request]:
    """n requests at time zero with equal prompts and output lengths exponential of that mean, rounded up.

    `longest` caps them, as in Anyscale's experiment (512-token prompts, mean 128, caps 32 to 1,536).
    """
    lengths = np.ceil(rng.exponential(mean, n)).astype(int)
    lengths = np.clip(lengths, 1, longest)
    return [Request(i, prompt_tokens, int(k)) for i, k in enumerate(lengths)]


def with_long_prompts(
    requests: list[Request], every: int, prompt_tokens: int, *, context_tokens: int = 4096
) -> list[Request]:
    """The same stream with every `every`-th prompt replaced by a long one: what stalls everyone else's decode.

    A long prompt is clipped where it and its answer would not fit `context_tokens`.
    """
    return [
        replace(r, prompt_tokens=min(prompt_tokens, context_tokens - r.output_tokens))
        if i % every == every - 1
        else r
        for i, r in enumerate(requests)
    ]


def poisson_arrivals(requests: list[Request], rate_per_s: float, rng: np.random.Generator) -> list[Request]:
    """The same requests arriving as a Poisson process of `rate_per_s`, in the given order."""
    arrival = np.cumsum(rng.exponential(1000.0 / rate_per_s, len(requests)))
    return [
        Request(r.id, r.prompt_tokens, r.output_tokens, float(ms), r.priority)
        for r, ms in zip(requests, arrival, strict=True)
    ]
