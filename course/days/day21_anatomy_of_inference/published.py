"""Day 21's comparison: two roofs against published times of a pass."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources

import numpy as np

from course import facts
from course.systems.serving.model_shape import LLAMA2_7B, LLAMA2_70B, Chip, ModelShape
from course.systems.serving.roofline import step_time
from course.systems.serving.step_time import hbm_gbps

LINEAR_70B, LINEAR_7B = replace(LLAMA2_70B, layers=0), replace(LLAMA2_7B, layers=0)
"""The weights' part of a pass alone, as the published rows have it: no attention, no cache, no sums over GPUs."""
SHAPES = {"70b": LINEAR_70B, "7b": LINEAR_7B}
TFLOPS = {"a100": facts.A100_TFLOPS, "h100": facts.H100_TFLOPS}
GPUS = (1, 2, 4, 8)


def published(gpu: str, model: str, gpus: int) -> list[tuple[int, float]]:
    """Tokens in a pass and milliseconds of its linear operations: `datasets/llm_step_time.md`."""
    wanted = gpu, f"Llama-2-{model}-hf", str(gpus)
    with resources.files("datasets").joinpath("llm_step_time.csv").open(encoding="utf-8") as lines:
        return [
            (int(row["tokens_in_iteration"]), float(row["ms"]))
            for row in csv.DictReader(lines)
            if (row["gpu"], row["model"], row["tensor_parallel"]) == wanted
        ]


def errors(
    gpu: str, model: str, gpus: int, bandwidth: float, arithmetic: float
) -> Sequence[tuple[int, float]]:
    """Tokens, and how far two roofs lie off the published time, as a share; both peaks reached to these shares."""
    chip = Chip(hbm_gbps(gpu) * 1e9 * bandwidth, TFLOPS[gpu].value * 1e12 * arithmetic)
    shape: ModelShape = SHAPES[model]
    rows = published(gpu, model, gpus)
    return [(n, 1e3 * step_time(n, 0, 1, chip, shape, gpus) / ms - 1) for n, ms in rows]


def compare() -> None:
    """Print how far two roofs are from the published rows, with the same two shares for all of them."""
    shares = facts.REACHED_BANDWIDTH.value, facts.REACHED_FLOPS.value
    print("mean distance from 17 published times each, and the farthest: its tokens in the pass\n")
    print(f"{'':<18}" + "".join(f"{f'{gpus} GPU' + 's' * (gpus > 1):>20}" for gpus in GPUS))
    for model in ("70b", "7b"):
        for gpu in ("h100", "a100"):
            cells = []
            for gpus in GPUS:
                found = errors(gpu, model, gpus, *shares)
                at, worst = max(found, key=lambda each: abs(each[1]))
                mean = np.mean([abs(off) for _, off in found])
                cells.append(f"{mean:.0%}, {worst:+.0%} at {at}")
            print(f"{model.upper()} on {gpu.upper():<11}" + "".join(f"{cell:>20}" for cell in cells))
