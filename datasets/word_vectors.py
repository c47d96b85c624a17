"""Sentence embeddings that need NumPy only: a small table of trained word vectors, averaged over a text.

``word_vectors.npz`` holds the 8,000 words that most docstrings use, each with 64 trained dimensions; where they come from
stands in ``word_vectors.md``. A text's embedding is the weighted sum of its words' vectors, at length 1: a *static*
sentence embedding, blind to word order, in the manner of Arora, Liang & Ma (2017, "A simple but tough-to-beat baseline
for sentence embeddings").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TABLE = Path(__file__).with_name("word_vectors.npz")
DIM = 64
WORDS = 8000
_WORD = re.compile(r"[a-z]+|[0-9]|[^\sa-z0-9]")


def words_of(text: str) -> list[str]:
    """Lower-case words, single digits and single signs, in order."""
    return _WORD.findall(text.lower())


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """One row of length 1 for each text, shape (len(texts), 64); zeros for a text without a known word.

    Unknown words are passed over. Squared Euclidean distance between two rows is 2 − 2·cosine. O(words).
    """
    index, vectors = _table()
    rows = np.zeros((len(texts), DIM), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        counts = Counter(index[word] for word in words_of(text) if word in index)
        if counts:
            times = np.array(list(counts.values()), dtype=np.float32)
            row[:] = (vectors[list(counts)] * times[:, None]).sum(axis=0)
            row /= np.linalg.norm(row) or 1.0
    return rows


@cache
def _table() -> tuple[dict[str, int], NDArray[np.float32]]:
    """Position of each word, and its vector with its weight already in it."""
    with np.load(TABLE) as stored:
        words = bytes(stored["words"]).decode().split("\n")
        vectors = stored["vectors"].astype(np.float32) * stored["factors"][:, None]
    return {word: position for position, word in enumerate(words)}, vectors


def build(texts: Sequence[str], model: Any) -> None:
    """Write the table anew from ``model`` (a loaded WordLlama of 64 dimensions or more) and the texts' word counts.

    A word's weight is the number of the model's tokens in it times ln(texts / texts that hold it): frequent words say
    little. Ties in frequency go by the alphabet.
    """
    spread = Counter(word for text in texts for word in set(words_of(text)))
    words = sorted(spread, key=lambda word: (-spread[word], word))[:WORDS]
    full = np.asarray(model.embed(words), dtype=np.float32)[:, :DIM]
    tokens = [
        sum(piece.attention_mask) for piece in model.tokenizer.encode_batch(words, add_special_tokens=False)
    ]
    rarity = np.log(len(texts) / np.array([spread[word] for word in words]))
    step = np.abs(full).max(axis=1) / 127
    np.savez(
        TABLE,
        words=np.frombuffer("\n".join(words).encode(), dtype=np.uint8),
        vectors=np.round(full / step[:, None]).astype(np.int8),
        factors=(step * np.array(tokens) * rarity).astype(np.float32),
    )


if __name__ == "__main__":
    import importlib

    from datasets.docstrings import harvest

    wordllama: Any = importlib.import_module("wordllama")
    here = Path(wordllama.__file__).parent  # its weights lie in the package; the default would look elsewhere
    build(
        [entry.text for entry in harvest()], wordllama.WordLlama.load(cache_dir=here, disable_download=True)
    )
