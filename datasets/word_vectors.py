"""Sentence embeddings that need NumPy only: a small table of word vectors from a trained model, summed over a text.

``word_vectors.npz`` holds the 8,000 words that most docstrings use, each in 64 dimensions; where they come from stands in
``word_vectors.md``. A text's embedding is the weighted sum of its words' vectors, at length 1: a *static*
sentence embedding, blind to word order, in the manner of Arora, Liang & Ma (2017, "A simple but tough-to-beat baseline
for sentence embeddings").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TABLE = Path(__file__).with_name("word_vectors.npz")
DIM = 64
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
