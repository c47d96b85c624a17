"""How many contiguous slots fit beside the weights: the limit that paging removes the next day."""

from course import facts
from course.systems.serving.errors import InvalidSetting
from course.systems.serving.step_time import kv_bytes_per_token

PASS_TOKENS = 65_536
"""Tokens of the largest pass for which activations have room: the prompts of 16 full slots, whole."""
ACTIVATION_BYTES = {"7b": 2 * (2 * 4096 + 3 * 11_008), "70b": 2 * (2 * 8192 + 3 * 28_672)}
"""Bytes that one token of a pass needs at the widest place of a layer, at 16 bits a value: its hidden state and the
residual, and in the feed-forward part the gate, the up projection and their product."""


def kv_token_capacity(model: str = "7b", gpus: int = 1) -> int:
    """Tokens whose keys and values fit in the memory of `gpus` GPUs of 80 GiB, beside weights and activations.

    A server may use nine tenths of the memory (vLLM's default; the rest is for the driver and other libraries), and
    that share holds all three: 16-bit weights, the activations of the largest pass (`PASS_TOKENS`), and the cache. For
    7B on one GPU, in GB: 0.9 × 85.9 = 77.3, less 13.5 of weights and 5.4 of activations, leaves 58.4 for the cache. At
    0.52 MB a token that is 111,440 tokens. Raises `InvalidSetting` when weights and activations do not fit.
    """
    weights = {"7b": facts.LLAMA2_7B_WEIGHT_BYTES, "70b": facts.LLAMA2_70B_WEIGHT_BYTES}[model].value
    usable = facts.GPU_MEMORY_BYTES.value * gpus * facts.GPU_MEMORY_USABLE.value
    taken = weights + PASS_TOKENS * ACTIVATION_BYTES[model]
    if usable <= taken:
        raise InvalidSetting(
            f"{gpus} GPUs leave {usable:.3g} usable bytes, weights and activations of {model} take {taken:.3g}: "
            "add GPUs or quantise the weights"
        )
    return int((usable - taken) // kv_bytes_per_token(model))


def contiguous_slots(slot_tokens: int, model: str = "7b", gpus: int = 1) -> int:
    """How many slots of `slot_tokens` tokens fit; each is reserved whole, however short its answer turns out.

    Raises `InvalidSetting` when not even one fits.
    """
    capacity = kv_token_capacity(model, gpus)
    if slot_tokens < 1 or capacity < slot_tokens:
        raise InvalidSetting(
            f"slots of {slot_tokens} tokens in a cache of {capacity}: at least one must fit; use shorter slots"
        )
    return capacity // slot_tokens
