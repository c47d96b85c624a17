"""A plain record of every page: what was compared, by which model, with which scores, and what held a document back.

Nothing is sealed here: who can write to the store can change a record (day 37 makes that visible).
"""

import hashlib
from collections.abc import Mapping

from course.systems.search.errors import NoVersion, UnknownModel, UnknownRecord
from course.systems.search.rerank_records import Judged, Reason, Record, rows_of
from course.systems.search.stages import Reranked, Score


class RerankAudit:
    """Records of pages, numbered from 0 in the order in which they came. Nothing is taken out or changed.

    Four named tuples are given. ``Record(question, stages)``: the question's SHA-256 in hexadecimal digits, and a tuple with a
    ``Judged(stage, version, rows)`` for each stage that judged. ``Row(doc, score, before, wanted, after)``: a document, its score or None, and its
    places, counted from 1; ``rows_of(event)`` gives a tuple of them, in the order in which the stage found them. ``Reason(stage, version, score, before, after, held)``: what a stage did to a document,
    and whether it stands lower than the scores wanted it.
    """

    def __init__(self) -> None:
        self.records: list[Record] = []

    def append(self, question: str, reranked: Reranked, versions: Mapping[str, str]) -> int:
        """Keep a :class:`Record` of a page in ``records``, and give its number.

        ``reranked`` is what a cascade gave: a dict whose ``events`` are dicts with ``stage``, ``outcome`` and more. ``versions`` has the version
        that each stage runs, by its name. Kept are the SHA-256 of the question's UTF-8, and a :class:`Judged` for each event with the
        outcome ``judged`` or ``partial``, in their order. No text of the question is kept. What the caller changes later in ``reranked`` or
        ``versions`` changes no record. ``NoVersion(stage)`` names the first of these stages that is missing in ``versions``, and
        nothing is kept then. The same page, kept twice, is two records. O(documents that were judged).
        """
        stages = []
        for event in reranked["events"]:
            if event["outcome"] in ("judged", "partial"):
                if event["stage"] not in versions:
                    raise NoVersion(event["stage"])
                stages.append(Judged(event["stage"], versions[event["stage"]], rows_of(event)))
        self.records.append(Record(hashlib.sha256(question.encode()).hexdigest(), tuple(stages)))
        return len(self.records) - 1

    def explain(self, number: int, doc: int) -> list[Reason]:
        """A :class:`Reason` for each stage of record ``number`` that judged ``doc``, in the order of the stages; none where no stage
        did. It takes everything from the record. ``UnknownRecord(number)`` where :meth:`append` never gave that number, also below 0.
        O(documents that were judged).
        """
        return [
            Reason(stage.stage, stage.version, row.score, row.before, row.after, row.after > row.wanted)
            for stage in self._record(number).stages
            for row in stage.rows
            if row.doc == doc
        ]

    def replay(self, number: int, models: Mapping[tuple[str, str], Score]) -> bool:
        """Whether the models of that day still give the scores of record ``number``.

        ``models`` has judges by pairs of stage and version. For each stage of the record, the judge of the recorded version gets the ids that were
        compared, in the order in which they were found, and gives a dict of scores by id. True where every score that is recorded
        comes again, equal; what has no score in the record does not count. ``UnknownRecord(number)`` as in :meth:`explain`, and
        ``UnknownModel(stage, version)`` where ``models`` lacks one, before any judge is asked. One call a stage at most.
        """
        stages = self._record(number).stages
        for stage in stages:
            if (stage.stage, stage.version) not in models:
                raise UnknownModel(stage.stage, stage.version)
        for stage in stages:
            given = models[stage.stage, stage.version]([row.doc for row in stage.rows])
            if any(row.score is not None and given.get(row.doc) != row.score for row in stage.rows):
                return False
        return True

    def _record(self, number: int) -> Record:
        if not 0 <= number < len(self.records):
            raise UnknownRecord(number)
        return self.records[number]
