"""Queries, keys and values of one layer of a real model, for one text. See kv_sample.md."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).with_name("kv_sample.npz")
Floats = NDArray[np.float32]


class Sample(NamedTuple):
    """One text in layer 25: 256 tokens, 9 query heads that share 3 KV heads of width 64, positions rotated in."""

    q: Floats  # (256, 9, 64)
    k: Floats  # (256, 3, 64)
    v: Floats  # (256, 3, 64)


def kv_sample() -> Sample:
    """The sample, as 32-bit floats."""
    with np.load(FILE) as stored:
        return Sample(*(stored[name].astype(np.float32) for name in "qkv"))
