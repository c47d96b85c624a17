"""Retrievers side by side: what a question is to each of them, what each answers, and the page that is made of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike

from course.systems.search.bm25 import bm25_scores

Lists = list[list[tuple[int, float]]]
"""What each arm answered: pairs of an id and a score, best first."""


class Question(NamedTuple):
    """What a user asks: its words, and its vector."""

    words: Sequence[str]
    vector: ArrayLike


class Arm(Protocol):
    """A retriever."""

    def search(self, query: Any, depth: int) -> Iterable[tuple[int, float]]:
        """Its best ``depth`` documents at most, ids with scores, best first, each id once. Higher is better; the scale is its own.

        Raises ``ConnectionError`` where it does not answer, at once or while its answer is read.
        """


@dataclass(frozen=True)
class Page:
    """What a user sees: ``ids`` with their ``scores``, best first. ``down``: the numbers of the arms that did not answer, from
    0 and rising. ``short``: whether there are fewer documents on it than were asked for."""

    ids: list[int]
    scores: list[float]
    down: list[int]
    short: bool


class LexicalArm:
    """BM25 over all documents; one without any of the question's words is not found."""

    def __init__(self, postings: Mapping[str, tuple[Any, Any]], lengths: ArrayLike) -> None:
        self.postings, self.lengths = postings, lengths

    def search(self, query: Question, depth: int) -> list[tuple[int, float]]:
        scores = bm25_scores(self.postings, query.words, self.lengths)
        return _best(scores, np.flatnonzero(scores > 0), depth)


class VectorArm:
    """The cosine with every document, whose ``vectors`` have length 1; all are found, however unlike."""

    def __init__(self, vectors: ArrayLike) -> None:
        self.vectors = np.asarray(vectors, dtype=np.float64)

    def search(self, query: Question, depth: int) -> list[tuple[int, float]]:
        scores = self.vectors @ np.asarray(query.vector, dtype=np.float64)
        return _best(scores, np.arange(len(scores)), depth)


def _best(scores: Any, ids: Any, depth: int) -> list[tuple[int, float]]:
    """The ``depth`` best of ``ids``, which rise: equal scores by smaller id."""
    order = ids[np.argsort(-scores[ids], kind="stable")[:depth]]
    return list(zip(order.tolist(), scores[order].tolist(), strict=True))
