"""How long a pass over a model takes: the longer of its reading and its arithmetic, and what several GPUs say to each other."""

from course.systems.serving.errors import InvalidSetting
from course.systems.serving.model_shape import Chip, ModelShape, kv_bytes


def step_time(
    new: int,
    cached: int,
    batch: int,
    chip: Chip,
    model: ModelShape,
    gpus: int = 1,
    weight_bits: float = 16,
    kv_bits: float = 16,
) -> float:
    """Seconds of one pass in which each of `batch` sequences computes `new` tokens after `cached` earlier ones.

    *Reading*, in bytes: all weights once, at `weight_bits` each; and of each sequence the keys and values of all its
    tokens, the new ones among them, once, at `kv_bits` a number. *Arithmetic*, in operations (FLOP): 2 a parameter for each token
    computed; and in attention 4 × layers × heads × head_width for each pair of a computed token with a token that it sees, of
    its own sequence: the cached, itself, and the new ones before it. Reading and arithmetic run at the same time, both
    spread evenly over `gpus`, so the longer of the two counts.

    Added to it: for more than one GPU two all-reduces a layer (`chip.all_reduce_s(size, gpus)`), each over the
    computed tokens of all sequences, `model.width` numbers a token of 2 bytes; and `chip.overhead_s`, once. Bits, which
    need not be whole, change what is read, and nothing else.

    0 new tokens take 0.0 s. Raises `InvalidSetting` for `new` or `cached` below 0, or `batch`, `gpus` or bits below 1,
    also when nothing is new. O(1). Williams, Waterman and Patterson 2009 (Roofline); Pope et al. 2022, section 2.
    """
    if min(new, cached) < 0 or min(batch, gpus, weight_bits, kv_bits) < 1:
        raise InvalidSetting(
            f"{new} new and {cached} cached tokens of {batch} sequences on {gpus} GPUs, {weight_bits} and {kv_bits} "
            "bits: tokens are at least 0, all else at least 1"
        )
    if new == 0:
        return 0.0
    read = model.parameters * weight_bits / 8 + batch * kv_bytes(cached + new, model, kv_bits)
    pairs = batch * (new * cached + new * (new + 1) / 2)
    flop = 2 * model.parameters * batch * new + 4 * model.layers * model.heads * model.head_width * pairs
    seconds = max(read / chip.bytes_per_s, flop / chip.flop_per_s) / gpus + chip.overhead_s
    if gpus > 1:
        seconds += 2 * model.layers * chip.all_reduce_s(batch * new * model.width * 2, gpus)
    return seconds
