"""What an index over given documents takes, and what a query reads of it, in bytes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from course.systems.search.index_layout import PLACE_BYTES, SKIP_BYTES, Ints, Lists, varint_bytes

TERM_BYTES = 12  # chosen: a count of 32 bits, an offset of 64
"""An entry of the dictionary beside its letters: how many documents, and where the list lies."""
KEEP, DROP, PAIRS = "keep", "drop", "pairs"
"""What is done with the commonest words: kept, left out, or kept and two common neighbours are one term as well."""


@dataclass(frozen=True)
class Touched:
    """Postings that queries look for: the ``rank`` of each in the list ``lists[span]``, for each ``span`` (a list of a query), where
    ranks increase."""

    lists: Ints
    span: Ints
    rank: Ints


@dataclass(frozen=True)
class Asked:
    """``queries`` of several lists each: the postings that have to be looked at to intersect them, and those of the answers."""

    queries: int
    ids: Touched
    positions: Touched


@dataclass(frozen=True)
class Read:
    """Bytes that a query reads, on average: of skip tables, of ids and of positions."""

    skips: float
    ids: float
    positions: float


class IndexCost:
    """An index over ``documents`` (each a list of terms), of which the ``common`` terms with most documents may be treated apart.

    Lists are numbered as ``terms`` is sorted, and after them come those of ``pairs``. Nothing is built: bytes are counted.
    """

    def __init__(self, documents: Sequence[Sequence[str]], common: int = 50) -> None:
        self.documents = len(documents)
        self.terms = sorted({term for document in documents for term in document})
        self.number = {term: place for place, term in enumerate(self.terms)}
        sizes = np.fromiter(map(len, documents), np.int64, len(documents))
        every = (self.number[term] for document in documents for term in document)
        self.tokens = np.fromiter(every, np.int64, int(sizes.sum()))
        self.doc_of = np.repeat(np.arange(len(documents)), sizes)
        place = np.arange(len(self.tokens)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        frequency = np.diff(Lists.of(self.tokens, self.doc_of, place, len(self.terms)).starts)
        self.common = np.zeros(len(self.terms), bool)
        self.common[np.argsort(-frequency, kind="stable")[:common]] = True
        at, keys, paired = self._paired()
        self.pairs = {divmod(int(key), len(self.terms)): n for n, key in enumerate(keys, len(self.terms))}
        self.lists = Lists.of(
            np.concatenate([self.tokens, paired + len(self.terms)]),
            np.concatenate([self.doc_of, self.doc_of[at]]),
            np.concatenate([place, place[at]]),
            len(self.terms) + len(keys),
        )
        self._sums: dict[int, Ints] = {}
        self._edges: dict[int, dict[str, int]] = {}

    def _paired(self) -> tuple[Ints, Ints, Ints]:
        """Where two common words stand side by side, the pairs that there are, and which of them each place is."""
        near = self.common[self.tokens[:-1]] & self.common[self.tokens[1:]] & (np.diff(self.doc_of) == 0)
        at = np.flatnonzero(near)
        keys, which = np.unique(self.tokens[at] * len(self.terms) + self.tokens[at + 1], return_inverse=True)
        return at, keys, which

    # ── what it takes ───────────────────────────────────────────────────────────────────────────────────

    def bytes_a_document(self, block: int, common: str = KEEP, edge: int = 0) -> float:
        """All lists with their skip tables, and the dictionary, over the documents.

        ``block``: postings to a block; ``common``: what is done with common words; ``edge``: up to so many first letters are terms too.
        """
        words, pairs = len(self.terms), len(self.pairs)
        kept = np.concatenate(
            [~self.common if common == DROP else np.full(words, True), np.full(pairs, common == PAIRS)]
        )
        whole = self._ids_before(block)[self.lists.starts] + self._positions_before[self.lists.starts]
        sizes = (
            np.diff(whole)
            + (SKIP_BYTES + PLACE_BYTES) * self.lists.entries(block)
            + self._letters
            + TERM_BYTES
        )
        heads = self._heads(edge)
        return float(sizes[kept].sum() + sum(heads.values()) + TERM_BYTES * len(heads)) / self.documents

    def stream_bytes(self, block: int) -> tuple[int, int]:
        """Bytes of all ids of words, and of all their counts and positions."""
        end = self.lists.starts[len(self.terms)]
        return int(self._ids_before(block)[end]), int(self._positions_before[end])

    @cached_property
    def _letters(self) -> Ints:
        """Bytes of each list's name."""
        words = [len(term.encode()) for term in self.terms]
        return np.array([*words, *(words[one] + words[two] for one, two in self.pairs)], np.int64)

    def _ids_before(self, block: int) -> Ints:
        """Bytes of the ids of all postings before each."""
        if block not in self._sums:
            self._sums[block] = np.concatenate([[0], np.cumsum(self.lists.id_bytes(block))])
        return self._sums[block]

    @cached_property
    def _positions_before(self) -> Ints:
        return np.concatenate([[0], np.cumsum(self.lists.position_bytes)])

    def _heads(self, edge: int) -> Mapping[str, int]:
        """For each beginning of a word, up to ``edge`` letters: the bytes of the ids of all documents with such a word."""
        if edge not in self._edges:
            longer = dict(self._heads(edge - 1)) if edge else {}
            self._edges[edge] = longer | (self._beginnings(edge) if edge else {})
        return self._edges[edge]

    def _beginnings(self, letters: int) -> dict[str, int]:
        heads = sorted({term[:letters] for term in self.terms if len(term) >= letters})
        number = {head: place for place, head in enumerate(heads)}
        of = np.array([number.get(term[:letters], -1) if len(term) >= letters else -1 for term in self.terms])
        words = self.lists.starts[len(self.terms)]
        owner = np.repeat(of, self.lists.df[: len(self.terms)])
        held = np.unique(owner[owner >= 0] * self.documents + self.lists.docs[:words][owner >= 0])
        head, docs = np.divmod(held, self.documents)
        gaps = np.where(np.diff(head, prepend=-1) != 0, docs, np.diff(docs, prepend=0))
        sums = np.bincount(head, varint_bytes(gaps), minlength=len(heads))
        return dict(zip(heads, sums.astype(int).tolist(), strict=True))

    # ── what a query reads ──────────────────────────────────────────────────────────────────────────────

    def asked(self, queries: Sequence[Sequence[int]]) -> Asked:
        """What each of ``queries``, a few lists by number, has to look at; see :func:`~course.systems.search.intersect.intersect`."""
        lists, ids, positions = list[int](), list[Ints](), list[Ints]()
        for query in queries:
            ordered = sorted(set(query), key=lambda each: self.lists.df[each])
            found = self.lists.ids(ordered[0])
            for place, each in enumerate(ordered):
                at = np.searchsorted(self.lists.ids(each), found, "right") - 1
                lists.append(each)
                ids.append(np.unique(at[at >= 0]) if place else np.arange(len(found)))
                found = found[(at >= 0) & (self.lists.ids(each)[at] == found)]
            positions += [np.searchsorted(self.lists.ids(each), found) for each in ordered]
        return Asked(len(queries), _touched(lists, ids), _touched(lists, positions))

    def read(self, asked: Asked, block: int, *, positions: bool = False, interleaved: bool = False) -> Read:
        """What the queries read of lists in blocks of ``block``: ids alone, or ``positions`` of the answers as well.

        Where positions stand ``interleaved`` with ids, every block that is looked at is read with both.
        """
        ids, places = self._ids_before(block), self._positions_before
        entries = self.lists.entries(block)[asked.ids.lists]
        skips = (SKIP_BYTES + PLACE_BYTES * positions) * entries.sum()
        of_ids = self._blocks(asked.ids, block, ids + places if interleaved else ids)
        apart = positions and not interleaved
        of_positions = self._blocks(asked.positions, block, places) if apart else 0
        return Read(*(float(each) / asked.queries for each in (skips, of_ids, of_positions)))

    def decoded(self, asked: Asked, block: int) -> float:
        """The share of its blocks that a query of two lists decodes of the longer one, on average."""
        _, span = self._distinct(asked.ids, block)
        blocks = -(-self.lists.df[asked.ids.lists] // block)
        return float(np.mean((np.bincount(span, minlength=len(blocks)) / blocks)[1::2]))

    def prefix(self, letters: str, block: int, edge: int) -> int:
        """The bytes of ids that tell the documents with a word that begins so."""
        heads = self._heads(edge)
        if letters in heads:
            return heads[letters]
        low, high = (bisect_left(self.terms, end) for end in (letters, letters + "\U0010ffff"))
        before = self._ids_before(block)[self.lists.starts]
        return int(before[high] - before[low])

    def _distinct(self, touched: Touched, block: int) -> tuple[Ints, Ints]:
        """The blocks that are touched, once each: where each begins among all postings, and of which span it is."""
        most = len(self.lists.docs)
        every = touched.span * most + touched.rank // block  # never falls, since ranks of a span increase
        span, number = np.divmod(every[np.diff(every, prepend=-1) != 0], most)
        return self.lists.starts[touched.lists[span]] + number * block, span

    def _blocks(self, touched: Touched, block: int, before: Ints) -> int:
        """The bytes of all blocks that are touched, by the bytes ``before`` each posting."""
        begin, span = self._distinct(touched, block)
        end = np.minimum(begin + block, self.lists.starts[touched.lists[span] + 1])
        return int((before[end] - before[begin]).sum())

    def postings(self, word: int) -> list[tuple[int, list[int]]]:
        """The documents with a word, each with the positions at which it stands there."""
        at = self._where[word]
        docs, first = np.unique(self.doc_of[at], return_index=True)
        begins = np.searchsorted(self.doc_of, docs)
        places = np.split(at, first[1:])
        return [(int(d), (p - b).tolist()) for d, p, b in zip(docs, places, begins, strict=True)]

    # ── what it answers ─────────────────────────────────────────────────────────────────────────────────

    def phrase(self, words: Sequence[int | None]) -> set[int]:
        """The documents with these words in a row; None is any word, and all None finds nothing."""
        known = [(place, self._where[word]) for place, word in enumerate(words) if word is not None]
        if not known:
            return set()
        (first, found), *others = known
        for place, at in others:
            found = np.intersect1d(found, at - (place - first), assume_unique=True)
            found = found[self.doc_of[found] == self.doc_of[found + place - first]]
        return set(self.doc_of[found].tolist())

    @cached_property
    def _where(self) -> list[Ints]:
        """The places of each word among all tokens."""
        order = np.argsort(self.tokens, kind="stable")
        ends = np.searchsorted(self.tokens[order], np.arange(1, len(self.terms)))
        return np.split(order, ends)


def _touched(lists: Sequence[int], ranks: Sequence[Ints]) -> Touched:
    sizes = [len(each) for each in ranks]
    return Touched(np.array(lists), np.repeat(np.arange(len(ranks)), sizes), np.concatenate(ranks))
