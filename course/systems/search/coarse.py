"""Vectors in fewer bits a number."""

import numpy as np
from numpy.typing import NDArray


def in_bits(rows: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """``rows``, shape (n, d), as they are after being stored in ``bits`` a number, at length 1 again.

    32 keeps them, 16 is a half-precision float, 8 to 2 are whole numbers that share a scale in each row, 1 is the sign. A zero row stays zero. O(n · d).
    """
    if bits == 1:
        coarse = np.sign(rows)
    elif bits < 16:
        steps = 2 ** (bits - 1) - 1
        scale = np.abs(rows).max(axis=1, keepdims=True)
        coarse = np.round(rows / np.where(scale, scale, 1) * steps)
    else:
        coarse = rows.astype(np.float16) if bits == 16 else rows
    long = coarse.astype(np.float32)
    length = np.linalg.norm(long, axis=1, keepdims=True)
    return np.asarray(long / np.where(length, length, 1), dtype=np.float32)
