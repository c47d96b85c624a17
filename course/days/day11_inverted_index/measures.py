"""Day 11's measure: bytes that queries read and that an index takes, in the layout of the learner's own list."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from course.checking.subject import Subject, plain, there
from course.days.day11_inverted_index.corpus import (
    RARE,
    ands,
    asked_ands,
    asked_phrases,
    index,
    prefixes,
    wrong_without,
)
from course.systems.search.index_cost import DROP
from course.systems.search.reader import Reader

KIB = 1024
SAMPLE, BLOCK = 4, 32
"""AND queries on which the learner's own list is measured, and the postings of its blocks there."""


@dataclass(frozen=True)
class Layout:
    """What the learner's list costs, as a multiple of ids and positions in two streams: bytes that an AND reads of streams, that it
    reads when the positions of the answers are wanted as well, and that the streams take."""

    ids: float = 1.0
    both: float = 1.0
    size: float = 1.0


_LAYOUTS: WeakKeyDictionary[Subject, Layout] = WeakKeyDictionary()


def layout(PostingList: Subject, intersect: Subject) -> Layout:
    """The learner's list and intersection on :data:`SAMPLE` queries, beside what the two streams read; measured once."""
    if PostingList not in _LAYOUTS:
        read = _sampled(PostingList, intersect)
        of, asked = index(), index().asked(ands()[:SAMPLE])
        alone, both = (of.read(asked, BLOCK, positions=positions) for positions in (False, True))
        size = sum(_stream_bytes(word) for query in ands()[:SAMPLE] for word in query)
        _LAYOUTS[PostingList] = Layout(
            read["ids"] / SAMPLE / alone.ids,
            read["both"] / SAMPLE / (both.ids + both.positions),
            read["size"] / size,
        )
    return _LAYOUTS[PostingList]


def _sampled(PostingList: Subject, intersect: Subject) -> dict[str, float]:
    """Bytes that the sample's lists take and that its queries read, without positions and with those of the answers' blocks."""
    found = {"ids": 0, "both": 0, "size": 0}
    for query in ands()[:SAMPLE]:
        reader: Any = there(PostingList, Reader)()
        lists: list[Any] = [PostingList.encode(index().postings(word), BLOCK) for word in query]
        answers = plain(intersect(lists, reader), list[int])
        found["ids"] += plain(reader.total, int)
        for each in lists:
            firsts = plain(each.firsts, list[int])
            for block in np.unique(np.searchsorted(firsts, answers, "right") - 1).tolist():
                plain(each.positions(block, reader), list)
            found["size"] += sum(map(len, plain(each.streams, dict[str, bytes]).values()))
        found["both"] += plain(reader.total, int)
    return {name: float(value) for name, value in found.items()}


@cache
def _stream_bytes(word: int) -> int:
    """The bytes of a word's ids and positions in two streams."""
    span = slice(int(index().lists.starts[word]), int(index().lists.starts[word + 1]))
    return int(index().lists.id_bytes(BLOCK)[span].sum() + index().lists.position_bytes[span].sum())


@cache
def _ands(block: int, rare: int) -> tuple[float, float]:
    """Bytes of skip tables and of ids that an AND reads."""
    read = index().read(asked_ands(rare), block)
    return read.skips, read.ids


@cache
def _phrases(block: int, common: str) -> tuple[float, float]:
    """Bytes of skip tables and of streams that a phrase reads."""
    read = index().read(asked_phrases(common), block, positions=True)
    return read.skips, read.ids + read.positions


@cache
def _prefix(block: int, edge: int) -> float:
    """Bytes of ids that the beginning of a word reads."""
    return float(np.mean([index().prefix(letters, block, edge) for letters in prefixes()]))


def measure(design: Mapping[str, Any], own: Layout, rare: int = RARE) -> dict[str, float]:
    """What an index of this design costs: KiB that a query reads of each kind, bytes a page, and how wrong phrases are.

    ``design``: postings to a ``block``, what is done with the 50 ``common`` words, and up to how many letters of a word's
    beginning (``edge``) are terms too. ``rare``: pages of the rarer word of an AND.
    """
    of, common, block, edge = index(), str(design["common"]), int(design["block"]), int(design["edge"])
    (skips, ids), (phrase_skips, phrase) = _ands(block, rare), _phrases(block, common)
    streams = sum(of.stream_bytes(block)) / of.documents
    return {
        "and": (skips + ids * own.ids) / KIB,
        "phrase": (phrase_skips + phrase * own.both) / KIB,
        "prefix": _prefix(block, edge) * own.ids / KIB,
        "bytes": of.bytes_a_document(block, common, edge) + streams * (own.size - 1),
        "wrong": 100 * wrong_without() if common == DROP else 0.0,
    }
