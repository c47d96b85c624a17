"""Keys and values in few bits, and what is read back of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from course.systems.serving.errors import InvalidSetting, InvalidShape

Floats = NDArray[np.float32]


class Stored(NamedTuple):
    """What a format gives back: keys and values as they will be read, and the bytes that both take together."""

    keys: Floats
    values: Floats
    nbytes: float


class CacheFormat:
    """Stores numbers in `bits` each, with one scale and one zero for each `group` of them.

    Raises `InvalidSetting` unless 2 ≤ bits ≤ 8 and group ≥ 1.
    """

    def __init__(self, bits: int, group: int) -> None:
        if not 2 <= bits <= 8 or group < 1:
            raise InvalidSetting(
                f"{bits} bits in groups of {group}: give 2 to 8 bits, and groups of 1 or more"
            )
        self.bits, self.group = bits, group

    def read_back(self, x: Floats, axis: int) -> Floats:
        """`x` as it is read back when the numbers that lie along `axis` share a scale and a zero.

        The zero is their least number, and the scale is such that `2 ** bits` evenly spaced levels reach exactly from
        the least to the greatest, both included. Each number becomes the nearest level, either of two that are equally near. Where all numbers are equal,
        they come back as they are. Any shape, also an empty array; `axis` counts as in NumPy, from either end. Returns
        a new array of the same shape, 32-bit floats; `x` is not changed. O(numbers).
        """
        if not x.size:
            return np.array(x, np.float32)
        low = x.min(axis=axis, keepdims=True)
        scale = (x.max(axis=axis, keepdims=True) - low) / (2**self.bits - 1)
        levels = np.rint((x - low) / np.where(scale > 0, scale, 1))
        return np.asarray(low + levels * scale, np.float32)

    def store(self, keys: Floats, values: Floats) -> Stored:
        """Keys and values of one sequence in one layer, (tokens, kv_heads, width) each, as they are read back.

        `group` neighbouring numbers share a scale, always of one head: `group` tokens of one channel (one of the `width`
        numbers), or `group` channels of one token, in order. Which, for the keys and for the values, is the format's to decide.
        Tokens that do not fill a group at the end are kept in 16 bits, of both and whatever was decided: they come back as
        16-bit floats hold them. `nbytes` counts `bits` for each number in a group, 16 for the scale and 16 for the zero of
        each group, and 16 for each number that is in none, as bytes; a fraction is not rounded. The scale and the zero are
        counted as 16 bits, and used as they were computed.

        Returns new arrays of 32-bit floats; the arguments are not changed. Raises `InvalidShape` unless both have the same
        three dimensions, and `width` is a multiple of `group`, also where that makes no difference. O(numbers).
        """
        if keys.ndim != 3 or keys.shape != values.shape or keys.shape[2] % self.group:
            raise InvalidShape(
                f"keys {keys.shape} and values {values.shape}: give both as (tokens, kv_heads, width), with a width that is a "
                f"multiple of {self.group}"
            )
        tokens, heads, width = keys.shape
        whole = tokens - tokens % self.group
        by_channel = self.read_back(keys[:whole].reshape(-1, self.group, heads, width), 1)
        by_token = self.read_back(values[:whole].reshape(whole, heads, width // self.group, self.group), 3)
        read = [
            np.concatenate([part.reshape(whole, heads, width), x[whole:].astype(np.float16)]).astype(
                np.float32
            )
            for part, x in ((by_channel, keys), (by_token, values))
        ]
        inside, outside = whole * heads * width, (tokens - whole) * heads * width
        bits = 2 * (inside * self.bits + inside / self.group * 32 + outside * 16)
        return Stored(read[0], read[1], bits / 8)
