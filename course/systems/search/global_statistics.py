"""From what each shard counts to what one index would have counted."""

from collections.abc import Iterable

from course.systems.search.reports import ShardReport, Statistics


def global_statistics(reports: Iterable[ShardReport]) -> Statistics:
    """The statistics of all documents, from the ``reports`` of the copies of their shards, which come once, in any order.

    A report has ``shard``, ``version``, ``documents``, ``words`` (how many these documents have together) and ``holding``
    (how many of them hold each word). A shard counts once, however many of its copies report: by its report of the
    highest ``version``, and where several have that, by the first of those. No document stands in two shards.

    ``Statistics(documents, words, holding)`` has whole numbers, and in ``holding`` every word that a counted report
    names. No report at all gives ``Statistics(0, 0, {})``. Changes no report. O(size of the reports).
    """
    newest: dict[str, ShardReport] = {}
    for report in reports:
        if report.shard not in newest or report.version > newest[report.shard].version:
            newest[report.shard] = report
    holding: dict[str, int] = {}
    for report in newest.values():
        for word, documents in report.holding.items():
            holding[word] = holding.get(word, 0) + documents
    counted = newest.values()
    return Statistics(sum(part.documents for part in counted), sum(part.words for part in counted), holding)
