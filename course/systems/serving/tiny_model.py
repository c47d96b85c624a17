"""A small transformer with seeded weights, whose attention is passed in: to see what a cache saves and what it changes."""

import numpy as np
from numpy.typing import NDArray

from course.systems.serving.kv_cache import Attention, KvCache

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
LAYERS, HEADS, KV_HEADS, HEAD_WIDTH, VOCABULARY = 3, 6, 2, 16, 512
WIDTH = HEADS * HEAD_WIDTH


class TinyModel:
    """Three layers, 6 query heads that share 2 KV heads, rotary positions; weights are drawn from `seed`, not trained.

    `attention` is called once a layer and pass. `computed` counts the tokens that went through the layers.
    """

    def __init__(self, attention: Attention, seed: int = 21) -> None:
        rng = np.random.default_rng(seed)

        def weight(*shape: int) -> Floats:
            return np.asarray(rng.normal(size=shape) / shape[0] ** 0.5, np.float32)

        self.attention, self.computed = attention, 0
        self.embedding = rng.normal(size=(VOCABULARY, WIDTH)).astype(np.float32)
        wide = (HEADS + 2 * KV_HEADS) * HEAD_WIDTH
        self.layers = [
            (weight(WIDTH, wide), weight(WIDTH, WIDTH), weight(WIDTH, 4 * WIDTH), weight(4 * WIDTH, WIDTH))
            for _ in range(LAYERS)
        ]

    def new_cache(self, half: bool = False) -> list[KvCache]:
        """An empty cache for each layer: what belongs to one sequence. See `KvCache` for `half`."""
        return [KvCache(KV_HEADS, HEAD_WIDTH, half) for _ in range(LAYERS)]

    def forward(self, ids: Ints, cache: list[KvCache], start: int) -> Floats:
        """Logits (tokens, vocabulary) after each of the new tokens `ids`, which stand at `start` and after.

        Keys and values of the new tokens go into `cache`; those of the tokens before `start` are read from it.
        """
        n = len(ids)
        self.computed += n
        x = self.embedding[ids]
        for (mix, out, up, down), layer in zip(self.layers, cache, strict=True):
            parts = (_normed(x) @ mix).reshape(n, -1, HEAD_WIDTH)
            q, k, v = np.split(parts, [HEADS, HEADS + KV_HEADS], axis=1)
            read = self.attention(_rotated(q, start), _rotated(k, start), v, layer, start)
            x = x + np.asarray(read, np.float32).reshape(n, WIDTH) @ out
            x = x + np.maximum(_normed(x) @ up, 0) @ down
        logits: Floats = _normed(x) @ self.embedding.T
        return logits

    def in_pieces(self, ids: Ints, sizes: list[int], cache: list[KvCache] | None = None) -> Floats:
        """Logits of a whole sequence that goes in by pieces of these sizes; into `cache`, or a new one."""
        cache = self.new_cache() if cache is None else cache
        ends = np.cumsum(sizes)
        return np.concatenate(
            [
                self.forward(ids[end - size : end], cache, int(end - size))
                for size, end in zip(sizes, ends, strict=True)
            ]
        )


def _normed(x: Floats) -> Floats:
    scaled: Floats = x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + np.float32(1e-5))
    return scaled


def _rotated(x: Floats, start: int) -> Floats:
    rate = 10_000.0 ** (-np.arange(0, HEAD_WIDTH, 2) / HEAD_WIDTH)
    angle = np.outer(np.arange(start, start + len(x)), rate)[:, None]
    cos, sin = np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)
    even, odd = x[..., 0::2], x[..., 1::2]
    return np.stack([even * cos - odd * sin, even * sin + odd * cos], axis=-1).reshape(x.shape)
