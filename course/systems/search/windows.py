"""An index whose documents stand in windows, with the largest impact of each word in each window.

Source: Ding and Suel, "Faster Top-k Document Retrieval Using Block-Max Indexes" (SIGIR 2011); windows of documents in place of blocks
of postings.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from course.systems.search.idf import idf


class WindowIndex:
    """Documents 0 to n − 1 in windows of ``window``. ``visited`` are the windows that were scored, in order; ``scored`` counts the postings in
    them, and ``looked`` the maxima that were given out."""

    def __init__(
        self,
        postings: Mapping[str, tuple[Any, Any]],
        lengths: Any,
        window: int,
        *,
        k1: float = 1.5,
        b: float = 0.75,
    ) -> None:
        sizes = np.asarray(lengths, dtype=np.float64)
        norm = k1 * (1 - b + b * sizes / (sizes.mean() or 1.0))
        self.window, self.documents = window, len(sizes)
        self._words: dict[str, tuple[Any, Any, Any]] = {}
        for word, (ids, counts) in postings.items():
            order = np.argsort(ids, kind="stable")
            docs, tf = np.asarray(ids)[order], np.asarray(counts, dtype=np.float64)[order]
            impacts = idf(len(sizes), len(docs)) * tf / (tf + norm[docs])
            starts = np.searchsorted(docs, np.arange(0, len(sizes) + window, window))
            self._words[word] = docs, impacts, starts
        self.begin()

    def begin(self) -> None:
        """Forget what was counted."""
        self.visited: list[int] = []
        self.scored = self.looked = 0

    def window_maxima(self, word: str) -> list[tuple[int, float]]:
        """The windows in which ``word`` stands, in order, each with the largest impact that it has there; none for an unknown word."""
        if word not in self._words:
            return []
        _, impacts, starts = self._words[word]
        full = np.flatnonzero(np.diff(starts))
        found = list(zip(full.tolist(), np.maximum.reduceat(impacts, starts[full]).tolist(), strict=True))
        self.looked += len(found)
        return found

    def postings_in(self, query: Sequence[str], window: int) -> int:
        """How many postings of the query's words :meth:`score_window` would score there."""
        found = 0
        for word in query:
            if word in self._words:
                starts = self._words[word][2]
                found += int(starts[window + 1] - starts[window])
        return found

    def score_window(self, query: Sequence[str], window: int) -> list[tuple[int, float]]:
        """The documents of ``window`` that hold a word of ``query``, by id, each with its score. It is counted."""
        self.visited.append(window)
        first = window * self.window
        scores, held = np.zeros(self.window), np.zeros(self.window, bool)
        for word in query:
            if word in self._words:
                docs, impacts, starts = self._words[word]
                part = slice(starts[window], starts[window + 1])
                places = docs[part] - first
                scores[places] += impacts[part]
                held[places] = True
                self.scored += len(places)
        return [(first + int(place), float(scores[place])) for place in np.flatnonzero(held)]


class RoundedIndex(WindowIndex):
    """The same with maxima in eight bits, rounded to the nearest step, or ``up``."""

    STEPS = 255

    def __init__(
        self, postings: Mapping[str, tuple[Any, Any]], lengths: Any, window: int, *, up: bool
    ) -> None:
        super().__init__(postings, lengths, window)
        self.up = up

    def window_maxima(self, word: str) -> list[tuple[int, float]]:
        found = super().window_maxima(word)
        most = max((impact for _, impact in found), default=1.0)
        rounded = math.ceil if self.up else round
        return [(window, rounded(impact / most * self.STEPS) / self.STEPS * most) for window, impact in found]
