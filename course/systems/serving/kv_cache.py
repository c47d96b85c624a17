"""Keys and values of one sequence in one layer, and a sequence that is fed through an attention function piece by piece."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.systems.serving.errors import InvalidShape

Floats = NDArray[np.float32]
Attention = Callable[[Floats, Floats, Floats, "KvCache", int], Floats]
"""What `attention_with_cache` is: queries, keys and values of new tokens, a cache, and the position of the first."""


class KvCache:
    """The keys and values of a sequence's tokens in one layer, in order.

    `keys` and `values` are (tokens, kv_heads, width) arrays of 32-bit floats; they cannot be written to. `tokens` is
    how many there are. A `half` cache rounds what it keeps to 16-bit floats. Memory is doubled when it runs out, so that an
    append of one token costs O(kv_heads × width) on average.
    """

    def __init__(self, kv_heads: int, width: int, half: bool = False) -> None:
        self.kv_heads, self.width, self.half, self.tokens = kv_heads, width, half, 0
        self._memory = np.empty((2, 16, kv_heads, width), np.float32)

    def append(self, keys: ArrayLike, values: ArrayLike) -> None:
        """Keep copies of the keys and values of the next tokens, each (new, kv_heads, width).

        Raises `InvalidShape` for any other shape; the cache is then as it was.
        """
        pair = [np.asarray(part, np.float16 if self.half else np.float32) for part in (keys, values)]
        shape = (len(pair[0]) if pair[0].ndim else 0, self.kv_heads, self.width)
        if any(part.shape != shape for part in pair):
            raise InvalidShape(
                f"keys {pair[0].shape} and values {pair[1].shape} do not fit a cache of {self.kv_heads} heads of "
                f"width {self.width}: give both as (tokens, {self.kv_heads}, {self.width})"
            )
        total = self.tokens + shape[0]
        while total > self._memory.shape[1]:
            self._memory = np.concatenate([self._memory, np.empty_like(self._memory)], axis=1)
        self._memory[:, self.tokens : total] = pair
        self.tokens = total

    @property
    def keys(self) -> Floats:
        return self._seen(0)

    @property
    def values(self) -> Floats:
        return self._seen(1)

    def _seen(self, which: int) -> Floats:
        view = self._memory[which, : self.tokens]
        view.flags.writeable = False
        return view


class FedSequence:
    """One sequence of one layer under an attention function: its cache, and what each piece of it was answered."""

    def __init__(self, attention: Attention, kv_heads: int, width: int) -> None:
        self.attention, self.cache = attention, KvCache(kv_heads, width)

    def feed(self, q: Any, k: Any, v: Any, start: int) -> Floats:
        """What the function returns for these new tokens; `q`, `k` and `v` become arrays of 32-bit floats."""
        new = [np.array(part, np.float32) for part in (q, k, v)]
        return self.attention(new[0], new[1], new[2], self.cache, start)

    def changed(self, q: Any, k: Any, v: Any, start: int) -> list[str]:
        """The names of the arguments that the function has written to, after these new tokens."""
        new = [np.array(part, np.float32) for part in (q, k, v)]
        before = [part.copy() for part in new]
        self.attention(new[0], new[1], new[2], self.cache, start)
        return [
            name for name, was, now in zip("qkv", before, new, strict=True) if not np.array_equal(was, now)
        ]

    def answer(self, tokens: int, forget: bool = False) -> int:
        """Feed so many tokens of zeros one by one; with `forget` all earlier ones again before each. Returns how many went in."""
        shape, fed = (1, self.cache.kv_heads, self.cache.width), 0
        new = np.zeros(shape, np.float32)
        for token in range(tokens):
            if forget:
                self.cache = KvCache(*shape[1:])
            for position in range(self.cache.tokens, token + 1):
                self.attention(new, new, new, self.cache, position)
                fed += 1
        return fed

    def kept(self) -> list[list[float]]:
        """What the cache holds of each token: its keys, then its values, as one list of numbers."""
        rows = zip(self.cache.keys.tolist(), self.cache.values.tolist(), strict=True)
        return [[number for part in row for head in part for number in head] for row in rows]
