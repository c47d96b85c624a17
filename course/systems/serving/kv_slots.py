"""How many contiguous slots fit beside the weights: the limit that paging removes the next day."""

from course import facts
from course.systems.serving.errors import InvalidSetting
from course.systems.serving.step_time import kv_bytes_per_token


def kv_token_capacity(model: str = "7b", gpus: int = 1) -> int:
    """Tokens whose keys and values fit in the memory of `gpus` 80 GB GPUs after 16-bit weights.

    A tenth of the memory is left for activations, as vLLM does by default. Raises `InvalidSetting` when the
    weights alone do not fit.
    """
    weights = {"7b": facts.LLAMA2_7B_WEIGHT_BYTES, "70b": facts.LLAMA2_70B_WEIGHT_BYTES}[model].value
    usable = facts.GPU_MEMORY_BYTES.value * gpus * facts.GPU_MEMORY_USABLE.value
    if usable <= weights:
        raise InvalidSetting(
            f"{gpus} GPUs leave {usable:.3g} usable bytes, the weights of {model} take {weights:.3g}: "
            "add GPUs or quantise the weights"
        )
    return int((usable - weights) // kv_bytes_per_token(model))


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
