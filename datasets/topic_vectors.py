"""2,200 docstring embeddings, the same on every machine: enough for cells and codes. See topic_vectors.md.

``python -m datasets.topic_vectors`` makes the file anew.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).with_name("topic_vectors.npz")
ROWS = 2200
SEED = 17


def topic_vectors() -> NDArray[np.float64]:
    """2,200 embeddings of docstrings in random order, shape (2200, 64), each of length 1."""
    with np.load(FILE) as held:
        rows = held["rows"] * held["factors"][:, None].astype(np.float64)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def main() -> None:
    """Embed a harvest and write it in random order, a number in 8 bits."""
    from datasets.docstrings import harvest
    from datasets.word_vectors import embed

    rows = embed([entry.text for entry in harvest(ROWS)])
    rows = np.random.default_rng(SEED).permutation(rows)
    factors = np.abs(rows).max(axis=1) / 127
    np.savez_compressed(
        FILE,
        rows=np.round(rows / factors[:, None]).astype(np.int8),
        factors=factors.astype(np.float32),
    )


if __name__ == "__main__":
    main()
