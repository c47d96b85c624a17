"""k-means: k points, each the mean of the vectors that are nearest to it.

Source: Lloyd, "Least squares quantization in PCM" (IEEE Transactions on Information Theory 28(2), 1982).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.systems.search.errors import CellsDoNotFit
from course.systems.search.nearest import nearest


def kmeans(x: ArrayLike, k: int, *, seed: int, rounds: int = 20) -> NDArray[np.float64]:
    """``k`` centroids of the rows of ``x``, shape (n, d): a float64 array of shape (k, d).

    Start: the rows ``np.random.default_rng(seed).choice(n, k, replace=False)``, in that order. A round has two steps. Each
    row joins the cell of its nearest centroid, of equally near ones that with the smallest number. Then each centroid
    becomes the mean of its cell. It ends when every row is in the cell in which the round before left it, empty cells filled, or
    after ``rounds`` rounds; with 0 the start is returned.

    No cell stays empty: between the two steps, while there is an empty cell, that with the smallest number takes one row.
    It is the row farthest from the centroid of the cell that it is in, of equally far ones the one with the smallest
    number, and never a row that is alone in its cell.

    ``x`` is unchanged, and may hold whole numbers or float32. Distances are those of float64. ``nearest(rows, points)`` is given.

    Raises ``CellsDoNotFit(k, n)`` where ``k`` is below 1 or above ``n``. O(n · k · d) a round.
    """
    rows = np.asarray(x, dtype=np.float64)
    if not 1 <= k <= len(rows):
        raise CellsDoNotFit(k, len(rows))
    centroids = rows[np.random.default_rng(seed).choice(len(rows), k, replace=False)]
    before: NDArray[np.int64] | None = None
    for _ in range(rounds):
        cells = nearest(rows, centroids)
        counts = np.bincount(cells, minlength=k)
        while not counts.all():
            apart = ((rows - centroids[cells]) ** 2).sum(axis=1)
            row = np.where(counts[cells] > 1, apart, -1.0).argmax()
            empty = counts.argmin()
            counts[cells[row]] -= 1
            counts[empty] += 1
            cells[row] = empty
        if before is not None and (cells == before).all():
            break
        before = cells
        centroids = (cells == np.arange(k)[:, None]) @ rows / counts[:, None]
    return centroids
