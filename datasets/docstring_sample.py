"""A fixed sample of docstring embeddings, the same on every machine. See docstring_sample.md.

``harvest`` gives what is installed here, so a budget in numbers needs a sample that stays. ``python -m
datasets.docstring_sample`` makes the file anew.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).with_name("docstring_sample.npy")
ROWS = 800
SEED = 18


def sample() -> NDArray[np.float32]:
    """800 embeddings of docstrings in random order, shape (800, 64), each of length 1 to three digits.

    Docstrings come a module at a time, so near-duplicates are in it.
    """
    return np.asarray(np.load(FILE), dtype=np.float32)


def main() -> None:
    """Embed a harvest and write it in random order."""
    from datasets.docstrings import harvest
    from datasets.word_vectors import embed

    rows = embed([entry.text for entry in harvest(ROWS)])
    np.save(FILE, np.random.default_rng(SEED).permutation(rows).astype(np.float16))


if __name__ == "__main__":
    main()
