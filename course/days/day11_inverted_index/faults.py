"""Day 11's faults: which promise of an index breaks under which, on the learner's own list and intersection."""

import unicodedata
from typing import Any

from course.checking.errors import SubjectError
from course.checking.port import subjects
from course.checking.subject import Subject, plain, there
from course.days.day11_inverted_index.corpus import (
    ands,
    asked_ands,
    index,
    pages,
    prefixes,
    shuffled,
    wrong_without,
)
from course.days.day11_inverted_index.measures import BLOCK, KIB, Layout, layout, measure
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.blocks import Text
from course.notebook.screens.page import Page
from course.systems.search.analysis import analyse
from course.systems.search.index_cost import DROP, KEEP, IndexCost
from course.systems.search.reader import Reader

PROMISES = (
    Promise("the answers", "% of an answer that is wrong", 0, digits=0),
    Promise("an AND", "KiB that it reads", 0.60),
    Promise("the index", "bytes a page", 640, digits=0),
)
ARRIVAL = "pages are numbered as they arrive"
STOP_LIST = "a stop list is switched on"
BETWEEN = "positions are written between the ids"
BIT = "one bit of a difference flips"
DECOMPOSED = "pages arrive in decomposed Unicode"
BEGINNINGS = "every beginning up to five letters is a term"
FAULTS = (ARRIVAL, STOP_LIST, BETWEEN, BIT, DECOMPOSED, BEGINNINGS)
EDGE = 5


def under(fault: str, expected: Prediction, PostingList: object, intersect: object) -> Page:
    """What the fault does to the learner's own objects: see :func:`~course.notebook.breaking.under_fault`."""
    PostingList, intersect = played("day11", PostingList, intersect)

    def run(fault: str) -> Run:
        own = subjects(PostingList, intersect)
        after, said = _measured(fault, *own)
        return Run(PROMISES, _measured("", *own)[0], after, also=(Text(said),) if said else ())

    return under_fault(fault, expected, FAULTS, run, PostingList, intersect)


def _measured(fault: str, PostingList: Subject, intersect: Subject) -> tuple[dict[str, float], str]:
    """Each promise under ``fault`` ("" for none), and what else is worth saying."""
    own, wrong, said = layout(PostingList, intersect), 0.0, ""
    common, edge = DROP if fault == STOP_LIST else KEEP, EDGE if fault == BEGINNINGS else 0
    found = measure({"block": BLOCK, "common": common, "edge": edge}, own)
    if fault == ARRIVAL:
        found |= _of(shuffled(), own)
    elif fault == STOP_LIST:
        wrong = 100 * wrong_without()
    elif fault == BETWEEN:
        read = index().read(asked_ands(), BLOCK, interleaved=True)
        found["and"] = (read.skips + read.ids) / KIB
    elif fault == BIT:
        wrong = flipped(PostingList)
        said = "The mean over every byte of a block of 32 ids, counted in this block: no other block is touched. A list without blocks would be wrong to its end."
    elif fault == DECOMPOSED:
        wrong = 100 * _unlike()
        said = f"{sum(not page.isascii() for page in pages())} of {len(pages()):,} pages hold letters beyond ASCII."
    elif fault == BEGINNINGS:
        kib = [
            sum(index().prefix(start, BLOCK, most) for start in prefixes()) / 100 / KIB
            for most in (0, 1, EDGE)
        ]
        said = (
            f"A beginning reads {kib[2]:.2f} KiB; with one letter alone {kib[1]:.2f}, with none {kib[0]:.2f}."
        )
    return {"the answers": wrong, "an AND": found["and"], "the index": found["bytes"]}, said


def _of(other: IndexCost, own: Layout) -> dict[str, float]:
    """What an AND reads, and the bytes a page, where the pages are numbered otherwise."""
    read = other.read(other.asked(ands()), BLOCK)
    streams = sum(other.stream_bytes(BLOCK)) / other.documents
    return {
        "and": (read.skips + read.ids * own.ids) / KIB,
        "bytes": other.bytes_a_document(BLOCK) + streams * (own.size - 1),
    }


def flipped(PostingList: Subject) -> float:
    """Per cent of the ids of a block that are wrong when the lowest bit of one of its bytes is, mean over its bytes."""
    ids = [3 * number + 5 for number in range(2 * BLOCK)]
    made: Any = PostingList.encode([(doc, [4]) for doc in ids], BLOCK)
    counter: Any = there(PostingList, Reader)()
    right = plain(made.ids(0, counter), list[int])
    size, wrong = int(plain(counter.total, int)), 0
    for at in range(size):
        try:
            got = plain(made.ids(0, there(PostingList, Reader)(flip=at)), list[int])
        except SubjectError:  # what cannot be read is wrong as a whole
            got = []
        wrong += sum(a != b for a, b in zip(right, got, strict=False)) + max(0, len(right) - len(got))
    return float(100 * wrong / (size * len(right)))


def _unlike() -> float:
    """The share of pages that have other terms once their letters are decomposed."""
    odd = [page for page in pages() if not page.isascii()]
    return sum(analyse(unicodedata.normalize("NFD", page)) != analyse(page) for page in odd) / len(pages())
