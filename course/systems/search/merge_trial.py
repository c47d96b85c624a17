"""Rankings that are dealt to shards and merged again: how often one trip is enough, for a merge that lives elsewhere."""

from collections.abc import Callable, Sequence
from typing import Any


class MergeTrial:
    """Runs ``merge``, a :func:`~course.systems.search.merge.merge_top_k`."""

    def __init__(self, merge: Callable[..., Any]) -> None:
        self.merge = merge

    def settled(
        self, rankings: Sequence[Sequence[tuple[int, float, int]]], shards: int, ask: int, k: int
    ) -> int:
        """Of the ``rankings``, each of hits from the best down with the number of the shard that holds it, how many are settled in one trip: each
        shard sends its ``ask`` best, and nobody must be asked again."""
        return sum(not self._merged(ranking, shards, ask, k)[1] for ranking in rankings)

    def _merged(self, ranking: Sequence[tuple[int, float, int]], shards: int, ask: int, k: int) -> Any:
        answers: dict[str, list[tuple[int, float]]] = {f"s{number}": [] for number in range(shards)}
        for doc, score, shard in ranking:
            hits = answers[f"s{shard}"]
            if len(hits) < ask:
                hits.append((doc, score))
        return self.merge(answers, dict.fromkeys(answers, ask), k)

    def tops(self, answers: Sequence[dict[str, list[tuple[int, float]]]], k: int) -> list[list[int]]:
        """The ids of the ``k`` best for each query, for which each shard of its ``answers`` was asked for ``k``."""
        return [
            [int(doc) for doc, _ in self.merge(found, dict.fromkeys(found, k), k)[0]] for found in answers
        ]
