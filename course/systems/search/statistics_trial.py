"""Reports that come once, for a way to add them up that lives elsewhere."""

from collections.abc import Callable, Sequence
from typing import Any

from course.systems.search.reports import ShardReport

Told = tuple[str, int, int, int, dict[str, int]]
"""Shard, version, documents, words, and the documents that hold each word."""


class StatisticsTrial:
    """Runs ``add``, a :func:`~course.systems.search.global_statistics.global_statistics`."""

    def __init__(self, add: Callable[..., Any]) -> None:
        self.add = add

    def run(self, told: Sequence[Told]) -> tuple[int, int, dict[str, int], float]:
        """Documents, words, the documents that hold each word, and the mean length; ``ValueError`` where a report was changed."""
        reports = [ShardReport(*each[:4], dict(each[4])) for each in told]
        found = self.add(iter(reports))
        holding = {str(word): count for word, count in found.holding.items()}
        if [(each.shard, each.version, each.documents, each.words, each.holding) for each in reports] != [
            tuple(each) for each in told
        ]:
            raise ValueError("a report was changed: copy what you add to")
        return found.documents, found.words, holding, found.mean_length
