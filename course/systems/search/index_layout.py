"""Posting lists end to end in a few arrays, so that NumPy can count the bytes of a whole index without building it.

The layout is that of :class:`~course.systems.search.postings.PostingList`; a test holds the two together, byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

SKIP_BYTES = 8  # chosen: two numbers of 32 bits
"""An entry of the skip table: the first id of a block, and where its ids begin."""
PLACE_BYTES = 4  # chosen: a number of 32 bits
"""What an entry has on top, since positions lie apart: where they begin."""


def varint_bytes(numbers: Ints) -> Ints:
    """The bytes of each number as a varint, below 2^28."""
    return 1 + (numbers >= 1 << 7).astype(np.int64) + (numbers >= 1 << 14) + (numbers >= 1 << 21)


@dataclass(frozen=True)
class Lists:
    """List t is ``docs[starts[t]:starts[t + 1]]``; ``position_bytes`` are those of a posting's count and positions."""

    starts: Ints
    docs: Ints
    position_bytes: Ints

    @classmethod
    def of(cls, terms: Ints, docs: Ints, places: Ints, size: int) -> Lists:
        """The lists of ``size`` terms, from every occurrence: its term, its document and its position, in order of documents
        and positions within a term."""
        order = np.argsort(terms, kind="stable")
        terms, docs, places = terms[order], docs[order], places[order]
        fresh = np.flatnonzero((np.diff(terms, prepend=-1) != 0) | (np.diff(docs, prepend=-1) != 0))
        gaps = np.diff(places, prepend=0)
        gaps[fresh] = places[fresh]
        counts = np.diff(fresh, append=len(terms))
        sizes = varint_bytes(counts) + np.add.reduceat(varint_bytes(gaps), fresh)
        starts = np.searchsorted(terms[fresh], np.arange(size + 1))
        return cls(starts, docs[fresh], sizes)

    @cached_property
    def df(self) -> Ints:
        """Documents of each list: the document frequency of its term."""
        return np.diff(self.starts)

    def ids(self, term: int) -> Ints:
        """The documents of one list."""
        return self.docs[self.starts[term] : self.starts[term + 1]]

    def id_bytes(self, block: int) -> Ints:
        """Bytes of each posting's id: a difference, or the id itself where a block begins."""
        return np.where(self._rank % block == 0, self._whole, self._gaps)

    @cached_property
    def _rank(self) -> Ints:
        """The place of each posting in its list."""
        return np.arange(len(self.docs)) - np.repeat(self.starts[:-1], self.df)

    @cached_property
    def _whole(self) -> Ints:
        """The bytes of each id by itself."""
        return varint_bytes(self.docs)

    @cached_property
    def _gaps(self) -> Ints:
        """The bytes of each id's difference to the one before."""
        return varint_bytes(np.diff(self.docs, prepend=0))

    def entries(self, block: int) -> Ints:
        """Entries of each list's skip table; a list of a single block needs none."""
        return np.where(self.df > block, -(-self.df // block), 0)
