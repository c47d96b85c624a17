"""The figures of a model that decide what serving it costs, and of a GPU as it is reached in practice."""

import math
from dataclasses import dataclass, fields

from course import facts
from course.systems.serving.errors import InvalidSetting


@dataclass(frozen=True)
class ModelShape:
    """`parameters` in all; `layers`, each with `heads` query heads and `kv_heads` shared by them, of `head_width`."""

    parameters: float
    layers: int
    heads: int
    kv_heads: int
    head_width: int

    @property
    def width(self) -> int:
        """Numbers that a token is between two layers."""
        return self.heads * self.head_width


@dataclass(frozen=True)
class Chip:
    """One GPU as it is reached in practice, and its link to its neighbours.

    `bytes_per_s` from its memory, `flop_per_s` at 16 bits, `overhead_s` of a pass whatever is in it; `hop_s` of a
    sum over GPUs, and `link_bytes_per_s`. Raises `InvalidSetting` for a speed that is not above 0, or a time below 0.
    """

    bytes_per_s: float
    flop_per_s: float
    overhead_s: float = 0.0
    hop_s: float = 0.0
    link_bytes_per_s: float = math.inf

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (value > 0 or (value == 0 and not field.name.endswith("per_s"))):
                raise InvalidSetting(
                    f"a chip's {field.name} is {value}: speeds are above 0, times are at least 0"
                )

    def all_reduce_s(self, size: float, gpus: int) -> float:
        """Seconds of one all-reduce: `gpus` hold `size` bytes each, and all get the sum."""
        return self.hop_s + 2 * (gpus - 1) / gpus * size / self.link_bytes_per_s


LLAMA2_70B = ModelShape(facts.LLAMA2_70B_WEIGHT_BYTES.value / 2, 80, 64, 8, 128)
LLAMA2_7B = ModelShape(facts.LLAMA2_7B_WEIGHT_BYTES.value / 2, 32, 32, 32, 128)


def h100(bandwidth: float = 1.0) -> Chip:
    """An H100 that reaches the shares of its peaks which the published profiles show; `bandwidth` times as fast a memory."""
    return Chip(
        facts.H100_HBM_GBPS.value * 1e9 * facts.REACHED_BANDWIDTH.value * bandwidth,
        facts.H100_TFLOPS.value * 1e12 * facts.REACHED_FLOPS.value,
        facts.ITERATION_OVERHEAD_MS.value / 1e3,
        facts.ALL_REDUCE_HOP_US.value / 1e6,
        facts.ALL_REDUCE_GBPS.value * 1e9,
    )


def kv_bytes(tokens: float, model: ModelShape, bits: float = 16) -> float:
    """Bytes of the keys and values of so many tokens, over all layers, at `bits` a number."""
    return 2 * model.layers * model.kv_heads * model.head_width * tokens * bits / 8


def experts_read(experts: int, per_token: int, batch: int) -> float:
    """Share of a layer's experts that a pass of `batch` tokens reads, when each token picks its `per_token` anew.

    Expected under a uniform choice: 1 − (1 − per_token / experts)^batch. Raises `InvalidSetting` unless
    1 ≤ per_token ≤ experts and batch ≥ 0.
    """
    if not 1 <= per_token <= experts or batch < 0:
        raise InvalidSetting(
            f"{per_token} of {experts} experts for {batch} tokens: pick 1 to all of them, for 0 tokens or more"
        )
    return float(1 - (1 - per_token / experts) ** batch)
