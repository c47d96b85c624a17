"""A part of an index, with the ids of the whole: it scores its own documents as one index would, if it is told of the others."""

from collections.abc import Mapping, Sequence

from course.systems.search.hits import Hit
from course.systems.search.idf import idf
from course.systems.search.reports import ShardReport, Statistics
from course.systems.search.top_k import top_k

K1, B = 1.5, 0.75
"""Parameters of BM25, as :func:`~course.systems.search.bm25.bm25_scores` has them."""


class Shard:
    """Documents by id: for each word the pairs of an id and its tf, and the ``lengths`` of the documents."""

    def __init__(
        self,
        name: str,
        postings: Mapping[str, Sequence[tuple[int, int]]],
        lengths: Mapping[int, int],
        version: int = 1,
    ) -> None:
        self.name, self.postings, self.lengths, self.version = name, postings, lengths, version

    def report(self) -> ShardReport:
        """What it counts of its own documents."""
        holding = {word: len(pairs) for word, pairs in self.postings.items() if pairs}
        return ShardReport(self.name, self.version, len(self.lengths), sum(self.lengths.values()), holding)

    def top(self, query: Sequence[str], k: int, known: Statistics) -> list[Hit]:
        """Its ``k`` best by BM25 of those documents that hold a word of ``query``, with N, df and the mean length of ``known``.

        The sums are those of :func:`~course.systems.search.bm25.bm25_scores` over one index, in the same order: equal to the last bit. A word that ``known`` has
        not heard of yet, or of too few documents, counts by the shard's own.
        """
        mean = known.mean_length or 1.0
        scores: dict[int, float] = {}
        for word in query:
            pairs = self.postings.get(word, ())
            weight = idf(known.documents, max(known.holding.get(word, 0), len(pairs)))
            for doc, tf in pairs:
                norm = K1 * (1 - B + B * (self.lengths[doc] / mean))
                scores[doc] = scores.get(doc, 0.0) + weight * tf / (tf + norm)
        return top_k(scores.items(), k)
