"""How long one iteration takes: a published GPU table, plus attention's reads, plus a fixed overhead."""

import csv
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import resources

import numpy as np
from numpy.typing import ArrayLike

from course import facts
from course.systems.serving.errors import InvalidSetting, UnknownStepTime
from course.systems.serving.iteration import Iteration

StepTime = Callable[[Iteration], float]
Table = tuple[list[int], list[float], float, float]
"""A step-time curve in plain numbers: the first four fields of `StepTimeModel`."""


@dataclass(frozen=True)
class StepTimeModel:
    """Milliseconds of an iteration: linear operations by its tokens, attention by its cached tokens, overhead.

    `tokens` and `linear_ms` are the points of a measured curve, both ascending in tokens; between points it is
    linear, and past the last it keeps the last slope. Raises `InvalidSetting` for fewer than two points, tokens
    that do not ascend from at least 1, or a negative time. Calling it with an `Iteration` gives its time.
    """

    tokens: ArrayLike
    linear_ms: ArrayLike
    kv_read_ms_per_token: float = 0.0
    overhead_ms: float = 0.0
    label: str = ""
    _points: tuple[list[int], list[float]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        tokens, linear = np.asarray(self.tokens, np.int64), np.asarray(self.linear_ms, np.float64)
        if len(tokens) < 2 or len(tokens) != len(linear) or tokens[0] < 1 or not (np.diff(tokens) > 0).all():
            raise InvalidSetting(
                f"a curve of {len(tokens)} token counts and {len(linear)} times: give at least 2 of each, the "
                "token counts ascending from 1 or more"
            )
        if linear.min() < 0 or self.kv_read_ms_per_token < 0 or self.overhead_ms < 0:
            raise InvalidSetting("a step-time curve has a negative time: times are milliseconds, at least 0")
        object.__setattr__(self, "tokens", tokens)
        object.__setattr__(self, "linear_ms", linear)
        object.__setattr__(self, "_points", (tokens.tolist(), linear.tolist()))

    def ms(self, tokens: int, kv_tokens: int = 0) -> float:
        """Milliseconds of an iteration that computes `tokens` and reads `kv_tokens` from the cache; 0 for none."""
        if tokens <= 0:
            return 0.0
        at, ms = self._points
        above = min(max(bisect_left(at, tokens), 1), len(at) - 1)
        slope = (ms[above] - ms[above - 1]) / (at[above] - at[above - 1])
        linear = ms[above - 1] + max(0, tokens - at[above - 1]) * slope
        return linear + kv_tokens * self.kv_read_ms_per_token + self.overhead_ms

    @property
    def table(self) -> Table:
        """The model in plain numbers: `StepTimeModel(*model.table)` is as fast as this one."""
        return *self._points, self.kv_read_ms_per_token, self.overhead_ms

    def __call__(self, iteration: Iteration) -> float:
        return self.ms(iteration.tokens, iteration.kv_tokens)


def constant_step(ms: float) -> StepTime:
    """Every iteration takes `ms`, whatever is in it: the setting in which the textbook ratios are exact."""
    return lambda iteration: ms if iteration.work else 0.0


def measured_curve(points: Iterable[tuple[int, float]], label: str = "") -> StepTimeModel:
    """A step-time model from (tokens, whole-iteration milliseconds) pairs, such as a CPU batch curve."""
    pairs = sorted(points)
    return StepTimeModel(
        np.array([tokens for tokens, _ in pairs]), np.array([ms for _, ms in pairs]), label=label
    )


def published_step_time(gpu: str = "a100", model: str = "7b", tensor_parallel: int = 1) -> StepTimeModel:
    """Step time of Llama-2 (`model` "7b" or "70b") on a GPU ("a100" or "h100"), tensor parallel over 1, 2, 4, 8.

    Linear operations from the published profiles of Vidur (Agrawal et al., MLSys 2024; `datasets/llm_step_time.md`).
    Attention reads each cached token's keys and values once an iteration; its cost is the measured figure
    for 7B on one A100, scaled by bytes per token and memory bandwidth. Left out: the quadratic part of a
    prompt's attention (a few percent of its linear operations up to 2,000 tokens, see the tests), the
    output head and communication overlap. Raises `UnknownStepTime` for a row that the table does not hold.
    """
    name = f"Llama-2-{model}-hf"
    with resources.files("datasets").joinpath("llm_step_time.csv").open(encoding="utf-8") as lines:
        rows = [
            (int(row["tokens_in_iteration"]), float(row["ms"]))
            for row in csv.DictReader(lines)
            if (row["gpu"], row["model"], int(row["tensor_parallel"])) == (gpu, name, tensor_parallel)
        ]
    if not rows:
        raise UnknownStepTime(
            f"no published step times for {name} on {gpu} over {tensor_parallel} GPUs: "
            "the table has a100 and h100, 7b and 70b, tensor_parallel 1, 2, 4 and 8"
        )
    rows.sort()
    bandwidth = facts.A100_HBM_GBPS.value / hbm_gbps(gpu)
    kv_bytes = kv_bytes_per_token(model) / kv_bytes_per_token("7b") / tensor_parallel
    return StepTimeModel(
        np.array([tokens for tokens, _ in rows]),
        np.array([ms for _, ms in rows]),
        kv_read_ms_per_token=facts.KV_READ_US_PER_TOKEN.value / 1000 * kv_bytes * bandwidth,
        overhead_ms=facts.ITERATION_OVERHEAD_MS.value,
        label=f"{name} on {tensor_parallel} × {gpu.upper()}",
    )


def hbm_gbps(gpu: str) -> float:
    """Peak memory bandwidth of one GPU in gigabytes a second."""
    return {"a100": facts.A100_HBM_GBPS, "h100": facts.H100_HBM_GBPS}[gpu].value


def kv_bytes_per_token(model: str) -> float:
    """Bytes of keys and values that one token leaves in the cache, over all layers, at 16 bits a value."""
    return {"7b": facts.LLAMA2_7B_KV_BYTES, "70b": facts.LLAMA2_70B_KV_BYTES}[model].value
