"""The k best documents without scoring all: windows whose best possible score is too low are passed over.

Source: Ding and Suel, "Faster Top-k Document Retrieval Using Block-Max Indexes" (SIGIR 2011); Mackenzie, Petri and Moffat, "Anytime Ranking on
Document-Ordered Indexes" (ACM TOIS 40(1), 2022).
"""

import heapq
from collections.abc import Sequence
from typing import TypedDict

from course.systems.search.windows import WindowIndex


class TopK(TypedDict):
    """``hits``: pairs of an id and a score, best first, of equal scores the smaller id first; ``exact``: whether they are surely the best
    of all."""

    hits: list[tuple[int, float]]
    exact: bool


def block_max_top_k(index: WindowIndex, query: Sequence[str], k: int, *, budget: int | None = None) -> TopK:
    """The ``k`` best of the documents that hold a word of ``query``, by their scores in ``index``.

    A document's score is at most its window's *bound*: the sum of the largest impacts that the words of the query have in that window.
    ``index.window_maxima(word)`` gives pairs of a window and the word's largest impact in it. In a window that is not among them the word
    adds nothing; a word that is twice in the query adds twice. ``index.score_window(query, window)`` gives pairs of an id and a score. It is
    called once a window at most, and for no window whose bound is below the k-th best score so far. In which order windows are
    visited is left to you.

    Gives a dict with ``hits``, pairs of an id and a score, best first, of equal scores the smaller id first, and ``exact``. Without a
    ``budget`` the hits are exact. With one, it ends where the window that would be scored next has more postings, by
    ``index.postings_in(query, window)``, than are left of ``budget``; a window that is passed over costs nothing. The hits are then the best
    of what was scored. ``exact`` is True where it was not ended so, and may be True after that only if no bound is left that reaches the last hit.
    Fewer than ``k`` documents give all. A ``k`` of 0 or less gives none, scores nothing, and is exact.
    O(maxima + windows · log windows) beside what is scored.
    """
    bounds: dict[int, float] = {}
    for word in query:
        for window, most in index.window_maxima(word):
            bounds[window] = bounds.get(window, 0.0) + most
    heap: list[tuple[float, int]] = []
    scored, exact = 0, True
    for window in sorted(bounds, key=lambda window: (-bounds[window], window)) if k > 0 else []:
        if len(heap) == k and bounds[window] * (1 + SLACK) < heap[0][0]:
            break
        scored += index.postings_in(query, window)
        if budget is not None and scored > budget:
            exact = False
            break
        for doc, score in index.score_window(query, window):
            if len(heap) < k:
                heapq.heappush(heap, (score, -doc))
            elif (score, -doc) > heap[0]:
                heapq.heapreplace(heap, (score, -doc))
    return {"hits": [(-doc, score) for score, doc in sorted(heap, reverse=True)], "exact": exact}


SLACK = 1e-12
"""Sums in another order differ in their last digits: a bound so little below a score may still belong to it."""
