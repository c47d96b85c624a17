"""Makes ``word_vectors.npz`` anew; not needed to use it. ``python -m datasets.build_word_vectors MODEL_FOLDER``.

The folder holds ``model.safetensors`` and ``tokenizer.json`` of sentence-transformers/all-MiniLM-L6-v2; ``safetensors``
and ``tokenizers`` must be installed. Each word goes through the transformer alone, the results are weighted by rarity
and cut to their 64 principal directions: the recipe of Model2Vec (Tulkens & van Dongen 2024).
"""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.docstrings import harvest
from datasets.word_vectors import DIM, TABLE, words_of

WORDS, BATCH, HEADS = 8000, 256, 12
Floats = NDArray[np.float32]


class MiniLM:
    """BERT in NumPy, forward only: embeddings, six layers of attention and feed-forward, mean of the token vectors."""

    def __init__(self, folder: Path) -> None:
        numpy_files: Any = importlib.import_module("safetensors.numpy")
        self.weights: dict[str, Floats] = numpy_files.load_file(str(folder / "model.safetensors"))
        self.tokenizer: Any = importlib.import_module("tokenizers").Tokenizer.from_file(
            str(folder / "tokenizer.json")
        )
        self.tokenizer.no_padding()

    def encode(self, texts: list[str]) -> Floats:
        """One row of 384 for each text."""
        w, pieces = self.weights, [encoded.ids for encoded in self.tokenizer.encode_batch(texts)]
        longest = max(map(len, pieces))
        ids = np.array([[*piece, *[0] * (longest - len(piece))] for piece in pieces])
        mask = np.array(
            [[1.0] * len(piece) + [0.0] * (longest - len(piece)) for piece in pieces], dtype=np.float32
        )
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:longest]
        x = self._norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        blind = (mask[:, None, None, :] - 1.0) * np.float32(1e9)
        for layer in range(6):
            x = self._layer(x, blind, f"encoder.layer.{layer}.")
        return np.asarray((x * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True))

    def _layer(self, x: Floats, blind: Floats, name: str) -> Floats:
        rows, length, width = x.shape
        query, key, value = (
            self._linear(x, f"{name}attention.self.{part}")
            .reshape(rows, length, HEADS, width // HEADS)
            .transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.sqrt(np.float32(width // HEADS)) + blind
        attention = np.exp(scores - scores.max(axis=-1, keepdims=True))
        attention /= attention.sum(axis=-1, keepdims=True)
        mixed = (attention @ value).transpose(0, 2, 1, 3).reshape(rows, length, width)
        x = self._norm(
            x + self._linear(mixed, f"{name}attention.output.dense"), f"{name}attention.output.LayerNorm"
        )
        inner = self._linear(x, f"{name}intermediate.dense")
        erf: Any = importlib.import_module("scipy.special").erf
        inner = inner * np.float32(0.5) * (1 + erf(inner / np.sqrt(np.float32(2))))
        return self._norm(x + self._linear(inner, f"{name}output.dense"), f"{name}output.LayerNorm")

    def _linear(self, x: Floats, name: str) -> Floats:
        return np.asarray(x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"])

    def _norm(self, x: Floats, name: str) -> Floats:
        centred = x - x.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        return np.asarray(centred / scale * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"])


def main(folder: Path) -> None:
    """Choose the words by how many docstrings hold them (ties by the alphabet), embed, weight, reduce, quantise."""
    texts = [entry.text for entry in harvest(per_module=None)]
    spread = Counter(word for text in texts for word in set(words_of(text)))
    words = sorted(spread, key=lambda word: (-spread[word], word))[:WORDS]
    model = MiniLM(folder)
    rows = np.concatenate(
        [model.encode(words[start : start + BATCH]) for start in range(0, len(words), BATCH)]
    )
    rarity = np.log(len(texts) / np.array([spread[word] for word in words]))
    weighted = (rows - rows.mean(axis=0)) * rarity[:, None]
    directions = np.linalg.svd(weighted, full_matrices=False)[2][:DIM]
    reduced = weighted @ directions.T
    factors = np.maximum(np.abs(reduced).max(axis=1), 1e-12) / 127
    np.savez(
        TABLE,
        words=np.frombuffer("\n".join(words).encode(), dtype=np.uint8),
        vectors=np.round(reduced / factors[:, None]).astype(np.int8),
        factors=factors.astype(np.float32),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
