"""Queries over windows, one after the other, with what each costs: for a way to find the best k that lives elsewhere."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from course.systems.search.windows import RoundedIndex, WindowIndex


class WindowTrial:
    """Runs ``find``, a :func:`~course.systems.search.block_max.block_max_top_k`, on queries."""

    def __init__(self, find: Callable[..., Any]) -> None:
        self.find = find

    def run(
        self,
        postings: Mapping[str, tuple[Any, Any]],
        lengths: Any,
        queries: Sequence[Sequence[str]],
        k: int,
        window: int,
        budget: int | None = None,
        rounding: str = "",
    ) -> list[tuple[list[int], int, int]]:
        """For each query the ids that were found, the postings scored, and the maxima looked at. With ``rounding`` "nearest" or "up" the
        maxima are kept in eight bits."""
        found = []
        index = (
            RoundedIndex(postings, lengths, window, up=rounding == "up")
            if rounding
            else WindowIndex(postings, lengths, window)
        )
        for query in queries:
            index.begin()
            hits = self.find(index, query, k, budget=budget)["hits"]
            found.append(([int(doc) for doc, _ in hits], index.scored, index.looked))
        return found
