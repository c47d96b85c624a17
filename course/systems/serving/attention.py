"""Attention of new tokens over everything that came before them, whose keys and values are kept."""

import numpy as np
from numpy.typing import NDArray

from course.systems.serving.errors import CacheMismatch, InvalidShape
from course.systems.serving.kv_cache import KvCache


def attention_with_cache(
    q: NDArray[np.float32], k: NDArray[np.float32], v: NDArray[np.float32], cache: KvCache, start: int
) -> NDArray[np.float32]:
    """What the next tokens of a sequence read from its past and from each other, in one layer.

    `q` is (n, heads, width), `k` and `v` are (n, kv_heads, width), n ≥ 1, all of 32-bit floats; the new tokens stand at
    positions `start` … `start + n - 1`. `k` and `v` are appended to `cache`, once for each token and KV head, and
    the result is (n, heads, width): for each token and query head the mean of the values of all tokens up to
    and including itself, and none after, weighted by the softmax over those tokens of q · k / √width. Heads share:
    with g = heads / kv_heads, query heads 0 … g - 1 read KV head 0, the next g read KV head 1, and so on.

    A prompt gives the same result in one piece or in many, up to rounding. Scores may be large (1,000 and more).
    Raises `InvalidShape` when an array has not three dimensions, the numbers of tokens or the widths differ, `k` and
    `v` differ, there is no token, or heads is not a multiple of kv_heads; or when they do not fit the cache. That is
    raised first; then `CacheMismatch` when `start` is not `cache.tokens`. After an error the cache is as it was. `q`, `k` and `v` are
    never written to. O(n × (start + n) × heads × width).

    Vaswani et al. 2017, section 3.2.1; heads that share: Ainslie et al. 2023 (GQA).
    """
    if q.ndim != 3 or k.shape != v.shape or k.ndim != 3 or len(q) != len(k) or not len(q):
        raise InvalidShape(f"q {q.shape}, k {k.shape}, v {v.shape}: give (tokens, heads, width) of each")
    (n, heads, width), kv_heads = q.shape, k.shape[1]
    if k.shape[2] != width or (kv_heads, width) != (cache.kv_heads, cache.width) or heads % kv_heads:
        raise InvalidShape(f"{heads} query heads of {width} do not share {kv_heads} KV heads of {k.shape[2]}")
    if start != cache.tokens:
        raise CacheMismatch(f"the new tokens start at {start}, the cache ends at {cache.tokens}")
    cache.append(k, v)
    grouped = q.reshape(n, kv_heads, heads // kv_heads, width)
    scores = np.einsum("nkgw,tkw->kgnt", grouped, cache.keys) * width**-0.5
    scores[:, :, np.arange(cache.tokens) > start + np.arange(n)[:, None]] = -np.inf
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    read = np.einsum("kgnt,tkw->nkgw", weights, cache.values)
    return np.asarray(read.reshape(q.shape), np.float32)
