"""Day 21's measure: a 70B model on some H100s, timed by the learner's own `step_time`, its cache stored by their own
`CacheFormat`."""

import csv
import functools
from collections.abc import Mapping
from importlib import resources
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from course import facts
from course.checking.subject import Subject, plain, there
from course.systems.serving.cache_format import CacheFormat
from course.systems.serving.model_shape import LLAMA2_70B, Chip, ModelShape, h100, kv_bytes
from datasets.kv_sample import kv_sample

GROUP = 64
"""Numbers that share a scale: a whole head's width, or as many tokens."""
FORMATS = {
    "w16 kv16": (16, 16),
    "w8 kv8": (8, 8),
    "w4 kv16": (4, 16),
    "w4 kv8": (4, 8),
    "w4 kv4": (4, 4),
}
"""Bits of a weight, and of a number in the cache."""
TOKEN, CHANNEL, PLAIN = "by token", "by channel", "16 bits"
Load = Mapping[str, Any]
"""``prompt``, ``answer``: tokens; ``cached``: of the prompt, kept from before; ``bandwidth`` of a GPU, as a share of an
H100's; ``price`` of a GPU in $/h; ``loss_w8``, ``loss_w4``: % of perplexity that weights in so few bits cost."""


@functools.cache
def ratios() -> Mapping[tuple[str, str, int], tuple[float, float]]:
    """Perplexity over that of a cache in 16 bits, measured, and its standard error: by how keys are stored, how values, and
    the bits. Groups of 64."""
    with resources.files("datasets").joinpath("kv_quantisation.csv").open(encoding="utf-8") as lines:
        return {
            (row["keys"], row["values"], int(row["bits"])): (float(row["ratio"]), float(row["error"]))
            for row in csv.DictReader(lines)
            if int(row["group"]) == GROUP
        }


Kept = tuple[str, str, float]
"""How a format stores keys, how values, and the bits of a number with its share of scales."""
_KEPT: WeakKeyDictionary[Subject, dict[int, Kept]] = WeakKeyDictionary()


def kept(Format: Subject, bits: int) -> Kept:
    """What the learner's format does with the sample: which way each half shares its scales, and what a number takes.

    Raises ``ValueError`` where either half comes back as neither way gives it.
    """
    known = _KEPT.setdefault(Format, {})
    if bits not in known:
        sample = kv_sample()
        stored = plain(Format(bits, GROUP).store(sample.k, sample.v), tuple)
        ways = [_way(x, np.asarray(came), bits) for x, came in zip(sample[1:], stored[:2], strict=True)]
        known[bits] = ways[0], ways[1], 8 * float(stored[2]) / (2 * sample.k.size)
    return known[bits]


def _way(x: NDArray[np.float32], came: NDArray[Any], bits: int) -> str:
    """Along what the numbers share their scales."""
    own, grouped = CacheFormat(bits, GROUP), x.reshape(-1, GROUP, *x.shape[1:])
    right = {TOKEN: own.read_back(x, 2), CHANNEL: own.read_back(grouped, 1).reshape(x.shape)}
    for name, rounded in right.items():
        # A tie may go to either level, and the scale's own last digits may differ.
        if came.shape == x.shape and np.mean(np.abs(came - rounded) > 1e-3) < 1e-2:
            return name
    raise ValueError("store gives back numbers on the levels of neither way: finish exercise 3 first")


def measure(design: Mapping[str, Any], load: Load, step: Subject, Format: Subject) -> dict[str, float]:
    """What a design does under a load.

    ``memory``: GB of weights and cache on each GPU, all sequences at their longest. ``ttft``: ms of the pass over a prompt.
    ``tpot``: ms of a decode pass in the middle of the answers. ``cost``: $ a million output tokens, the prompts
    included. ``loss``: % that perplexity rises.
    """
    gpus, batch = int(design["gpus"]), int(design["batch"])
    weight_bits, bits = FORMATS[str(design["format"])]
    keys, values, kv_bits = kept(Format, bits) if bits < 16 else (PLAIN, PLAIN, 16.0)
    prompt, answer, cached = int(load["prompt"]), int(load["answer"]), int(load.get("cached", 0))
    chip, model = _hardware(step, float(load.get("bandwidth", 1)))
    options = {"gpus": gpus, "weight_bits": weight_bits, "kv_bits": kv_bits}
    first, token = (
        plain(step(new, old, together, chip, model, **options), float)
        for new, old, together in ((prompt - cached, cached, 1), (1, prompt + answer // 2, batch))
    )
    held = LLAMA2_70B.parameters * weight_bits / 8 + batch * kv_bytes(prompt + answer, LLAMA2_70B, kv_bits)
    seconds = first + answer * token / batch
    ratio = ratios()[keys, values, bits][0] * (1 + float(load.get(f"loss_w{weight_bits}", 0)) / 100)
    return {
        "memory": held / gpus / 1e9,
        "ttft": 1e3 * first,
        "tpot": 1e3 * token,
        "cost": gpus * float(load["price"]) / facts.SECONDS_PER_HOUR.value * seconds / answer * 1e6,
        "loss": max(0.0, 100 * (ratio - 1)),
    }


_HARDWARE: WeakKeyDictionary[Subject, dict[float, tuple[Any, Any]]] = WeakKeyDictionary()


def _hardware(step: Subject, bandwidth: float) -> tuple[Any, Any]:
    """The GPU and the model where the learner's function lives."""
    known = _HARDWARE.setdefault(step, {})
    if bandwidth not in known:
        chip, model = (tuple(vars(each).values()) for each in (h100(bandwidth), LLAMA2_70B))
        known[bandwidth] = there(step, Chip)(*chip), there(step, ModelShape)(*model)
    return known[bandwidth]
