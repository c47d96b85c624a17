"""A cascade: each stage judges the first few of what the stage before left, as long as the time lasts.

Source: Wang, Lin and Metzler, "A Cascade Ranking Model for Efficient Ranked Retrieval" (SIGIR 2011).
"""

from collections.abc import Callable, Sequence

from course.systems.search.stages import Event, Reranked, Stage, unasked


class Cascade:
    """``stages`` judge a list one after the other; one cascade serves many lists. ``clock()`` gives milliseconds.

    A ``Stage(name, depth, cost_ms, score, rise)`` is given: how many documents it judges, the milliseconds that it is expected to take, its
    judge, and how many places it may lift a document. ``unasked(stage)`` is given too: the event of a stage that is skipped.
    """

    def __init__(self, stages: Sequence[Stage], *, deadline_ms: float, clock: Callable[[], float]) -> None:
        self.stages, self.deadline_ms, self.clock = stages, deadline_ms, clock

    def limited(self, before: Sequence[int], wanted: Sequence[int], rise: int | None) -> list[int]:
        """The ids of ``wanted`` in a new order, in which none stands more than ``rise`` places above its place in ``before``.

        Both hold the same ids. The places are given out from the first to the last. Each goes to the id that stands first in
        ``wanted``, among those that have no place yet and may stand there. ``rise`` is 0 or more, or None, which is no limit. O(n²) for n ids.
        """
        found, left, order = {doc: place for place, doc in enumerate(before)}, list(wanted), []
        most = len(left) if rise is None else rise
        for place in range(len(left)):
            at = next(at for at, doc in enumerate(left) if found[doc] <= place + most)
            order.append(left.pop(at))
        return order

    def rerank(self, ids: Sequence[int]) -> Reranked:
        """``ids``, which are all different, once each stage has judged the first ``stage.depth`` of the order so far.

        ``stage.score(part)`` gets those as a list of its own, and gives a dict of scores by id. Larger is better, ids with equal scores stay in
        their order, and only the order of scores counts: they may all be negative. Ids that it was not given do not count. An id
        that is missing in the dict, or whose score is NaN, has no score, and ids without one stay in their order among themselves.
        Where they stand among the others is left to you; it does not depend on how large the others' scores are. That is the order
        ``wanted``; :meth:`limited` makes ``after`` of it with ``stage.rise``. What lies below the depth stays where it is.

        A stage is ``skipped``, and not asked, where it has nothing to judge, or where the time since ``rerank`` began and ``stage.cost_ms``
        together are more than ``deadline_ms``. One that raises any ``Exception`` has ``failed``; what is none, such as a KeyboardInterrupt, goes
        on to the caller. Both leave the order as it is. Else it is ``judged`` where each has a score, and ``partial`` where some or all have
        none. A stage that took longer than it was expected to counts all the same.

        Gives a dict with ``ids``, all of them, best first, and ``events``, a dict for each stage, in their order: ``stage`` (its name), ``outcome``,
        ``scores`` (a dict by id, of those that have one), and what it judged in three orders, ``before`` (as it found them), ``wanted`` and ``after``.
        Where a stage was skipped or failed these four are empty. ``ids`` that came stay as they are. O(n log n) for a stage of
        depth n, beside :meth:`limited`.
        """
        order, events, began = list(ids), list[Event](), self.clock()
        for stage in self.stages:
            part = order[: stage.depth]
            events.append(event := unasked(stage))
            if not part or self.clock() - began + stage.cost_ms > self.deadline_ms:
                continue
            try:
                given = stage.score(list(part))
            except Exception:
                event["outcome"] = "failed"
                continue
            scores = {doc: given[doc] for doc in part if doc in given and given[doc] == given[doc]}
            best = iter(sorted(scores, key=lambda doc: -scores[doc]))
            wanted = [next(best) if doc in scores else doc for doc in part]
            after = self.limited(part, wanted, stage.rise)
            order[: len(after)] = after
            event["outcome"] = "judged" if len(scores) == len(part) else "partial"
            event |= {"scores": scores, "before": part, "wanted": wanted, "after": after}
        return Reranked(ids=order, events=events)
