"""Many questions through a cascade of one stage, with what comes out: for code that lives elsewhere."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from course.systems.search.rerank_records import packed
from course.systems.search.simulated_judge import SimulatedJudge
from course.systems.search.stages import Score, Stage

PAGE = 10
"""Documents on a page."""


class RerankTrial:
    """Runs a :func:`~course.systems.search.listwise.listwise_window`, a :class:`~course.systems.search.cascade.Cascade` and a
    :class:`~course.systems.search.rerank_audit.RerankAudit` on questions whose documents are numbered as they arrive."""

    def __init__(
        self, listwise_window: Callable[..., list[int]], Cascade: Callable[..., Any], RerankAudit: Any
    ) -> None:
        self.listwise_window, self.Cascade, self.RerankAudit = listwise_window, Cascade, RerankAudit

    def run(
        self,
        scores: Any,
        depth: int,
        rise: int | None,
        *,
        lost: Any = None,
        arrive: Any = None,
        listwise: Mapping[str, Any] | None = None,
        down: bool = False,
    ) -> dict[str, Any]:
        """For each row of ``scores`` the first :data:`PAGE` documents; ``calls``, the windows that a listwise judge read for a question;
        and ``bytes`` of the record of the first page.

        Where ``lost`` is true a score never comes. ``arrive`` is an order of the first ``depth`` in which they come, a row a question. With
        ``listwise``, a dict of ``window``, ``step``, ``bias`` and ``obeys`` (a document a question, below 0 for none), the scores
        are the worth that a :class:`SimulatedJudge` sees. A judge that is ``down`` raises.
        """
        pages, calls, audit = [], 0, self.RerankAudit()
        for number, row in enumerate(scores.tolist()):
            gone = set() if lost is None else {int(doc) for doc in lost[number].nonzero()[0]}
            obeys = int(listwise["obeys"][number]) if listwise else -1
            judge = SimulatedJudge(row, listwise["bias"] if listwise else 0.0, obeys if obeys >= 0 else None)

            def score(
                part: Sequence[int], judge: SimulatedJudge = judge, gone: set[int] = gone
            ) -> dict[int, float]:
                if down:
                    raise ConnectionError("the judge is down")
                if listwise is None:
                    return {doc: judge.worth[doc] for doc in part if doc not in gone}
                order = self.listwise_window(
                    part, judge.order, window=listwise["window"], step=listwise["step"]
                )
                return {doc: -float(place) for place, doc in enumerate(order) if doc not in gone}

            stage = Stage("judge", depth, 0.0, score, rise)
            ids = list(range(len(row)))
            if arrive is not None:
                ids[:depth] = arrive[number].tolist()
            found = self.Cascade([stage], deadline_ms=math.inf, clock=float).rerank(ids)
            pages.append([int(doc) for doc in found["ids"][:PAGE]])
            calls = max(calls, judge.calls)
            if not audit.records:
                audit.append("", found, {"judge": "1"})
        return {"pages": pages, "calls": calls, "bytes": len(packed(audit.records[0]))}

    def explained(self, scores: Any, depth: int, models: Mapping[str, Any], version: str) -> float:
        """The share of the questions whose record says why the first document is there, and comes again with the ``models``, which are scores
        by version. ``scores`` are those that were served, and ``version`` is what was recorded."""
        audit, held = self.RerankAudit(), 0
        for number, row in enumerate(scores.tolist()):
            stage = Stage("judge", depth, 0.0, _stored(row))
            found = self.Cascade([stage], deadline_ms=math.inf, clock=float).rerank(range(len(row)))
            record = audit.append(str(number), found, {"judge": version})
            reasons = audit.explain(record, found["ids"][0])
            kept = {("judge", name): _stored(known[number].tolist()) for name, known in models.items()}
            held += len(reasons) == 1 and reasons[0][4] == 1 and audit.replay(record, kept)
        return held / len(scores)


def _stored(scores: Sequence[float]) -> Score:
    """A judge that has its scores beforehand."""
    return lambda part: {doc: scores[doc] for doc in part}
