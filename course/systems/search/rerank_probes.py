"""Judges, clocks and records on the side where an answer lives: what a check of day 20 asks in one message."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from course.systems.search.stages import Stage

WAYS = (
    "honest",
    "turns its order round",
    "answers nothing",
    "says each twice, and again",
    "invents ids",
    "leaves two out",
    "adds words",
    "empties the list that it gets",
    "its answer can be read once",
)
"""How a :class:`ListwiseTrial` may answer."""
FAILURES = (ConnectionError, KeyError, TimeoutError)
"""What a stage of a :class:`CascadeTrial` raises, by how much it was asked for."""


class ListwiseTrial:
    """Runs a :func:`~course.systems.search.listwise.listwise_window` with a judge that answers in one of :data:`WAYS`."""

    def __init__(self, listwise_window: Callable[..., Sequence[int]]) -> None:
        self.listwise_window = listwise_window
        self.windows: list[list[int]] = []

    def run(
        self,
        ids: Sequence[int],
        worth: Mapping[int, float],
        window: int,
        step: int,
        way: str = "honest",
        breaks: int = 0,
    ) -> tuple[list[int], list[list[int]], bool]:
        """The order, the windows that were judged, and whether what came in is as it was. Call number ``breaks`` raises."""
        self.windows = []
        given = list(ids)

        def judge(part: list[int]) -> Iterable[Any]:
            self.windows.append(list(part))
            if len(self.windows) == breaks:
                raise ConnectionError("the judge is down")
            return self._answer(part, worth, way)

        found = list(self.listwise_window(given, judge, window=window, step=step))
        return found, self.windows, given == list(ids)

    def passes(self, documents: int, times: int) -> list[int]:
        """The order of so many documents, which arrive with the best one last, after ``times`` passes in windows of 10, step 5."""
        order: Sequence[int] = range(documents)
        for _ in range(times):
            order = self.listwise_window(order, lambda part: sorted(part, reverse=True), window=10, step=5)
        return list(order)

    def _answer(self, part: list[int], worth: Mapping[int, float], way: str) -> Iterable[Any]:
        order: list[Any] = sorted(part, key=lambda doc: -worth[doc])
        if way == "turns its order round":
            return order[::-1]
        if way == "answers nothing":
            return []
        if way == "adds words":
            return ["the best is", *order]
        if way == "says each twice, and again":
            return [doc for doc in order for _ in range(2)] + order
        if way == "invents ids":
            return [-1 - doc if place % 2 else doc for place, doc in enumerate([*worth, *order])]
        if way == "leaves two out":
            return order[:-2]
        if way == "empties the list that it gets":
            part.clear()
        return iter(order) if way == "its answer can be read once" else order


class CascadeTrial:
    """Runs a :class:`~course.systems.search.cascade.Cascade` whose stages have their scores beforehand."""

    def __init__(self, Cascade: Callable[..., Any]) -> None:
        self.Cascade = Cascade

    def one(
        self, ids: Sequence[int], stages: Sequence[Mapping[str, Any]], deadline_ms: float
    ) -> dict[str, Any]:
        """:meth:`run` for one list."""
        return self.run([ids], stages, deadline_ms)[0]

    def stopped(self, ids: Sequence[int]) -> bool:
        """Whether a KeyboardInterrupt in the judge of the only stage reaches the caller."""

        def score(part: Sequence[int]) -> Mapping[int, float]:
            raise KeyboardInterrupt

        try:
            self.Cascade([Stage("a", 99, 0.0, score)], deadline_ms=1.0, clock=lambda: 0.0).rerank(ids)
        except KeyboardInterrupt:
            return True
        return False

    def run(
        self, lists: Sequence[Sequence[int]], stages: Sequence[Mapping[str, Any]], deadline_ms: float
    ) -> list[dict[str, Any]]:
        """For each list what one cascade gave, with ``asked``, the ids that each stage got that was asked, and ``kept``, whether the list
        is as it was. A stage has ``name``, ``depth``, ``cost_ms``, ``rise``, ``scores`` (None where it raises), and ``takes``, the milliseconds
        that it really takes."""
        now = [1e6]
        asked: list[tuple[str, list[int]]] = []

        def judge(stage: Mapping[str, Any]) -> Callable[[Sequence[int]], Mapping[int, float]]:
            def score(part: Sequence[int]) -> Mapping[int, float]:
                asked.append((str(stage["name"]), list(part)))
                now[0] += stage["takes"]
                if stage["scores"] is None:
                    raise FAILURES[len(part) % len(FAILURES)]("the judge is down")
                if isinstance(part, list):
                    part.reverse()
                return dict(stage["scores"])

            return score

        made = [
            Stage(each["name"], each["depth"], each["cost_ms"], judge(each), each["rise"]) for each in stages
        ]
        cascade, found = self.Cascade(made, deadline_ms=deadline_ms, clock=lambda: now[0]), []
        for ids in lists:
            given, asked[:] = list(ids), []
            came = cascade.rerank(given)
            events = [
                {
                    "stage": event["stage"],
                    "outcome": event["outcome"],
                    "scores": {doc: event["scores"][doc] for doc in sorted(event["scores"])},
                    **{name: list(event[name]) for name in ("before", "wanted", "after")},
                }
                for event in came["events"]
            ]
            found.append(
                {"ids": list(came["ids"]), "events": events, "asked": list(asked), "kept": given == list(ids)}
            )
            now[0] += 12_345.0
        return found


class AuditTrial:
    """Runs a :class:`~course.systems.search.rerank_audit.RerankAudit` with models that have their scores beforehand."""

    def __init__(self, RerankAudit: Callable[[], Any]) -> None:
        self.RerankAudit = RerankAudit
        self.asked: list[tuple[str, str, list[int]]] = []

    def meddled(
        self, question: str, reranked: Any, versions: dict[str, str], docs: Sequence[int]
    ) -> list[Any]:
        """What a record says of ``docs`` once the caller has changed everything that it passed in."""
        audit = self.RerankAudit()
        number = audit.append(question, reranked, versions)
        for event in reranked["events"]:
            event["scores"].clear()
            for name in ("before", "wanted", "after"):
                event[name].reverse()
        versions.update(dict.fromkeys(versions, "changed later"))
        return [list(map(tuple, audit.explain(number, doc))) for doc in docs]

    def replayed(
        self,
        pages: Sequence[tuple[str, Any, Mapping[str, str]]],
        number: int,
        models: Sequence[tuple[str, str, Mapping[int, float]]],
    ) -> bool:
        """Whether record ``number`` of these pages comes again with ``models``; ``asked`` says what they got."""
        audit = self.RerankAudit()
        for question, reranked, versions in pages:
            audit.append(question, reranked, versions)
        self.asked = []

        def model(
            stage: str, version: str, scores: Mapping[int, float]
        ) -> Callable[[Sequence[int]], Mapping[int, float]]:
            def score(part: Sequence[int]) -> Mapping[int, float]:
                self.asked.append((stage, version, list(part)))
                return {doc: scores[doc] for doc in part if doc in scores}

            return score

        return bool(
            audit.replay(
                number, {(stage, version): model(stage, version, scores) for stage, version, scores in models}
            )
        )
