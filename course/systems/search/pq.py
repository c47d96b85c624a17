"""Product quantisation: a vector as a few small numbers.

Source: Jégou, Douze and Schmid, "Product Quantization for Nearest Neighbor Search" (IEEE TPAMI 33(1), 2011), sections II and III.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.systems.search.errors import DimensionMismatch, NotTrained, PartsDoNotDivide
from course.systems.search.kmeans import kmeans
from course.systems.search.nearest import nearest


class PQ:
    """Cuts vectors into ``m`` equal parts, and names for each part the nearest of ``ks`` centroids, at most 256.

    ``books``, shape (m, ks, d / m), are the centroids of all parts: ``books[part][number]``. They are None before
    training. The parts of a vector are its first d / m numbers, the next d / m, and so on.
    """

    def __init__(self, m: int, ks: int = 16) -> None:
        self.m, self.ks = m, ks
        self.books: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, books: ArrayLike) -> PQ:
        """A quantiser with these books, shape (m, ks, d / m)."""
        held = np.asarray(books, dtype=np.float64)
        made = cls(held.shape[0], held.shape[1])
        made.books = held
        return made

    @property
    def code_bytes(self) -> int:
        """Bytes that a code takes where it is packed: log2(ks) bits a part."""
        return math.ceil(self.m * math.log2(self.ks) / 8)

    def train(self, x: ArrayLike, seed: int) -> None:
        """Make the books from the rows of ``x``, shape (n, d): k-means for each part.

        Raises ``PartsDoNotDivide(d, m)``, then what ``kmeans`` raises.
        """
        rows = np.asarray(x, dtype=np.float64)
        if rows.shape[1] % self.m:
            raise PartsDoNotDivide(rows.shape[1], self.m)
        parts = np.split(rows, self.m, axis=1)
        self.books = np.array([kmeans(part, self.ks, seed=seed + at) for at, part in enumerate(parts)])

    def checked(self, rows: ArrayLike | list[ArrayLike]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """``rows`` as a float64 array of shape (n, d), and the books.

        Raises ``NotTrained``, then ``DimensionMismatch`` where the rows are not as long as the books say.
        """
        if self.books is None:
            raise NotTrained
        dim = self.books.shape[0] * self.books.shape[2]
        found = np.asarray(rows, dtype=np.float64)
        if not len(found):
            return found.reshape(0, dim), self.books
        if found.shape[1:] != (dim,):
            raise DimensionMismatch(found.shape[1:], dim)
        return found, self.books

    def encode(self, x: ArrayLike) -> NDArray[np.uint8]:
        """The codes of the rows of ``x``, shape (n, d): for each part the number of its nearest centroid, shape (n, m), uint8.

        Of equally near centroids the one with the smallest number. No rows give shape (0, m). ``self.checked(x)`` gives the rows as
        floats and the books, or raises what is to be raised, also where there are no rows; ``nearest(rows, points)`` is given. O(n · ks · d).
        """
        rows, books = self.checked(x)
        parts = rows.reshape(len(rows), len(books), books.shape[2])
        return np.array([nearest(parts[:, at], book) for at, book in enumerate(books)], dtype=np.uint8).T

    def decode(self, codes: ArrayLike) -> NDArray[np.float64]:
        """What these ``codes``, shape (n, m), stand for: the centroids that they name, side by side, shape (n, d)."""
        if self.books is None:
            raise NotTrained
        held = np.asarray(codes, dtype=np.int64).reshape(-1, len(self.books))
        dim = self.books.shape[0] * self.books.shape[2]
        return self.books[np.arange(len(self.books)), held].reshape(len(held), dim)

    def tables(self, q: ArrayLike) -> NDArray[np.float64]:
        """Squared distances of each part of ``q``, shape (d,), to each of that part's centroids: shape (m, ks), float64.

        Added up along a code they are the squared distance of ``q``, as it is, to the decoded vector, within 1e-9. Each
        call gives an array of its own.
        ``self.checked([q])`` as in :meth:`encode`. O(ks · d).
        """
        rows, books = self.checked([q])
        apart = books - rows[0].reshape(len(books), 1, -1)
        return np.asarray(np.einsum("pkd,pkd->pk", apart, apart))
