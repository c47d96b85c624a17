"""Day 11's pages: what NumPy and SciPy say of themselves here, and queries drawn from them."""

import random
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np

from course.notebook.state import harvested
from course.systems.search.analysis import analyse
from course.systems.search.index_cost import DROP, PAIRS, Asked, IndexCost
from datasets.docstrings import library_pages

SEED = 11
ANDS, PHRASES, PREFIXES = 100, 90, 100
"""Queries of each kind; a third of the phrases of three words has one common word, a third two, a third three."""
RARE, USUAL, FREQUENT = 30, slice(50, 150), (1400, 3500)
"""Documents of a rare word, within a third; the ranks of the words that stand beside it in AND queries; documents of a frequent word."""


@cache
def pages() -> list[str]:
    """4,365 texts in the order of their paths, harvested once and kept beside your progress; a grader harvests anew."""
    return library_pages(cache=harvested())


@cache
def index() -> IndexCost:
    """The bytes of an index over :func:`pages`."""
    return IndexCost(_terms())


@cache
def shuffled() -> IndexCost:
    """The same pages, numbered as they happen to arrive."""
    terms = _terms()
    return IndexCost([terms[page] for page in random.Random(1).sample(range(len(terms)), len(terms))])


@cache
def _terms() -> list[list[str]]:
    return [analyse(page) for page in pages()]


def _between(least: int, most: int) -> list[int]:
    """The words that stand in so many documents; the same words in :func:`index` and :func:`shuffled`."""
    df = index().lists.df[: len(index().terms)]
    found: list[int] = np.flatnonzero((df >= least) & (df <= most)).tolist()
    return found


def _rare(documents: int) -> list[int]:
    """The words that stand in about so many documents."""
    return _between(documents * 2 // 3, documents * 4 // 3)


@cache
def ands(documents: int = RARE) -> list[tuple[int, int]]:
    """A word that stands in about so many ``documents``, and one of the hundred commonest after the fifty that may be dropped."""
    df, draw, rare = index().lists.df[: len(index().terms)], random.Random(SEED), _rare(documents)
    usual = np.argsort(-df, kind="stable")[USUAL].tolist()
    return [(draw.choice(rare), draw.choice(usual)) for _ in range(ANDS)]


@cache
def uneven(pairs: int = 400) -> list[tuple[int, int]]:
    """A rare word and a frequent one: what the prediction is about."""
    draw, rare, frequent = random.Random(SEED), _rare(RARE), _between(*FREQUENT)
    return [(draw.choice(rare), draw.choice(frequent)) for _ in range(pairs)]


@cache
def phrases() -> list[tuple[int, ...]]:
    """Three words in a row, somewhere in the pages."""
    found: list[tuple[int, ...]] = []
    draw, of = random.Random(SEED), index()
    for common in (1, 2, 3):
        while len(found) < common * PHRASES // 3:
            at = draw.randrange(len(of.tokens) - 2)
            words = of.tokens[at : at + 3]
            if of.doc_of[at] == of.doc_of[at + 2] and of.common[words].sum() == common:
                found.append(tuple(words.tolist()))
    return found


@cache
def prefixes() -> list[str]:
    """The first one to five letters of a word of the dictionary, as many of each."""
    draw = random.Random(SEED)
    return [draw.choice(index().terms)[: 1 + n % 5] for n in range(PREFIXES)]


def covered(words: Sequence[int], common: str) -> tuple[int, ...]:
    """The lists that a phrase of ``words`` needs: all of them, those that are not common, or pairs in the place of common neighbours."""
    of = index()
    if common == DROP:
        return tuple(word for word in words if not of.common[word])
    pairs = [pair for pair in pairwise(words) if pair in of.pairs] if common == PAIRS else []
    joined = {word for pair in pairs for word in pair}
    return (*(of.pairs[pair] for pair in pairs), *(word for word in words if word not in joined))


@cache
def asked_phrases(common: str) -> Asked:
    """What the phrases have to look at; one of which nothing is left asks nothing."""
    return index().asked([lists for words in phrases() if (lists := covered(words, common))])


@cache
def asked_ands(documents: int = RARE) -> Asked:
    """What the AND queries have to look at."""
    return index().asked(ands(documents))


@cache
def wrong_without() -> float:
    """How wrong the phrases' answers are when common words were dropped: the mean of 1 less the share that both answers have."""
    of, found = index(), []
    for words in phrases():
        right = of.phrase(words)
        got = of.phrase([None if of.common[word] else word for word in words])
        found.append(1 - len(right & got) / len(right | got))
    return float(np.mean(found))
