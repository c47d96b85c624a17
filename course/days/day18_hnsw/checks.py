"""Day 18: what a right answer shows. Expected values come from the library, run by the examiner on the same graph."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.examination import Examination, Finding, examine
from course.search.descent import Descent
from course.search.exact import ExactIndex
from course.search.graph_index import GraphIndex
from course.search.hnsw import HNSW
from course.subject import Subject, SubjectError, each, expect_error, plain
from datasets.vectors import islands

Pair = tuple[float, int]
Links = Mapping[int, Sequence[int]]
Points = NDArray[np.float32]
PAIR, PAIRS = tuple[float, int], list[tuple[float, int]]


class Meter:
    """Distances that the examiner serves and counts; the graph that asks has other vectors stored."""

    def __init__(self, points: Points, most: int = 10_000) -> None:
        self.points, self.most = points, most
        self.asked: list[int] = []
        self.calls = 0
        self.empty = 0

    def measure(self, query: Any, ids: Any) -> Points:
        """Squared distances from ``query`` to ``ids``; refuses once it was asked ``most`` times."""
        wanted = [int(node) for node in ids]
        self.calls += 1
        self.empty += not wanted
        self.asked += wanted
        if self.calls > self.most:
            raise RuntimeError(f"asked for distances {self.calls} times")
        return _squared(self.points[wanted], np.asarray(query, dtype=np.float64)).astype(np.float32)


def _squared(rows: Any, query: Any) -> NDArray[np.float64]:
    return np.asarray(((np.asarray(rows, dtype=np.float64).reshape(-1, np.size(query)) - query) ** 2).sum(axis=1))


def _points(*rows: float | tuple[float, ...]) -> Points:
    return np.array([row if isinstance(row, tuple) else (row,) for row in rows], dtype=np.float32)


def _origin(points: Points) -> Points:
    return np.zeros(points.shape[1], dtype=np.float32)


def _start(points: Points, query: Points, *nodes: int) -> list[Pair]:
    return [(float(_squared(points[node], query)[0]), node) for node in nodes]


def _web(rng: np.random.Generator, n: int, near: int = 4, far: int = 2) -> tuple[Points, dict[int, list[int]]]:
    """``n`` points in a plane, each with one-way links to its nearest and to a few at random: no two distances equal."""
    points = rng.normal(size=(n, 2)).astype(np.float32)
    links = {}
    for node in range(n):
        nearest = _squared(points, points[node]).argsort()[1 : near + 1].tolist()
        random = rng.choice(n, size=min(far, n), replace=False).tolist()
        links[node] = [other for other in dict.fromkeys([*random, *nearest]) if other != node]
    return points, links


def _said(pairs: Iterable[Pair]) -> str:
    return "[" + ", ".join(f"({distance:g}, {node})" for distance, node in pairs) + "]"


def _same(got: Sequence[Pair], expected: Sequence[Pair]) -> bool:
    return [node for _, node in got] == [node for _, node in expected] and all(
        math.isclose(one, other, rel_tol=1e-5, abs_tol=1e-6)
        for (one, _), (other, _) in zip(got, expected, strict=True)
    )


# ── greedy ──────────────────────────────────────────────────────────────────────────────────────────────


@examine
def check_greedy(exam: Examination, Walk: Subject, *, seed: int, scale: float) -> None:
    """Reference: course/search/descent.py"""
    rng = np.random.default_rng(seed)
    no_links = "a node without links has no nearest neighbour: the walk ends there"
    swapped = "the pair is (distance, id), in this order"

    def walk(points: Points, layers: list[Links], start: int, layer: int = 0) -> Pair:
        graph = Walk.from_layers(points, layers, 0)
        query = _origin(points)
        return plain(graph.greedy(query, _start(points, query, start)[0], layer), PAIR)  # type: ignore[no-any-return]

    def finding(kind: str, case: str, expected: Pair, got: Pair, likely: Mapping[int, str], step: str = "") -> Finding | None:
        if _same([got], [expected]):
            return None
        return Finding(kind, case, f"({expected[0]:g}, {expected[1]})", f"({got[0]:g}, {got[1]})", likely.get(got[1], ""), step)  # fmt: skip

    @exam.claim("a walk ends at a node without links", hint="What is the nearest of none?",
                likely={"ValueError": no_links, "IndexError": no_links, "TypeError": swapped})  # fmt: skip
    def _() -> Finding | None:
        got = walk(_points(3, 1), [{0: [1], 1: []}], 0)
        return finding("no-links", "0 at 3, linked to 1 at 1, which has no links; query at 0, start at 0",
                       (1.0, 1), got, {0: "the walk never left its start"})  # fmt: skip

    @exam.claim("of all neighbours it takes the nearest", hint="Look at the whole list before you step.",
                likely={"TypeError": swapped})  # fmt: skip
    def _() -> Finding | None:
        got = walk(_points(9, 7, 2, 5), [{0: [1, 2, 3], 1: [], 2: [], 3: []}], 0)
        likely = {1: "it steps to the first neighbour that is nearer, and not to the nearest",
                  3: "it steps to the last neighbour that is nearer, and not to the nearest",
                  0: "it compares the wrong way round, or never steps"}  # fmt: skip
        return finding("not-the-nearest", "0 at 9 is linked to 1 at 7, 2 at 2 and 3 at 5; query at 0", (4.0, 2), got, likely)

    @exam.claim("it goes on until no neighbour is nearer", hint="One step is no walk.", likely={"TypeError": swapped})
    def _() -> Finding | None:
        chain = {node: [node - 1, node + 1] for node in range(1, 6)} | {0: [1], 6: [5]}
        got = walk(_points(9, 8, 7, 6, 5, 4, 3), [chain], 0)
        return finding("one-step", "a chain of seven nodes, each nearer than the one before; start at the far end",
                       (9.0, 6), got, {1: "the walk stops after one step", 5: "the walk stops one step early"})  # fmt: skip

    @exam.claim("it never steps to a node that is not nearer", hint="You have arrived when all neighbours are farther.")
    def _() -> Finding | None:
        meter = Meter(_points(9, 5, 6, 1), most=12)
        graph = Walk.from_layers(meter.points, [{0: [1], 1: [2], 2: [3, 1], 3: []}], 0, distances=meter.measure)
        return _ends(meter, lambda: plain(graph.greedy(_origin(meter.points), (81.0, 0), 0), PAIR),
                     "0 at 9 → 1 at 5 → 2 at 6 → 3 at 1; query at 0", (25.0, 1),
                     "it steps although the neighbour is farther: a local minimum is where a greedy walk ends")  # fmt: skip

    @exam.claim("neighbours at the same distance end the walk", hint="Strictly nearer, or stay.")
    def _() -> Finding | None:
        meter = Meter(_points(4, -4, 4), most=12)
        graph = Walk.from_layers(meter.points, [{0: [1], 1: [2], 2: [0, 1]}], 0, distances=meter.measure)
        return _ends(meter, lambda: plain(graph.greedy(_origin(meter.points), (16.0, 0), 0), PAIR),
                     "three nodes at one distance, linked in a circle", (16.0, 0),
                     "it steps to a node that is only as near, so on level ground it walks for ever")  # fmt: skip

    @exam.claim("it walks the layer that it is given", hint="neighbours(node, layer).", likely={"KeyError": "the links of another layer are read"})
    def _() -> Finding | None:
        points = _points(9, 6, 3, 1)
        layers: list[Links] = [{0: [3], 1: [3], 2: [3], 3: [2]}, {0: [1], 1: [2], 2: [1]}, {0: [1], 1: [0]}]
        got = walk(points, layers, 0, layer=1)
        return finding("other-layer", "layer 1 links 0 → 1 → 2; layer 0 links 0 → 3; layer 2 only 0 → 1", (9.0, 2), got,
                       {3: "it walks layer 0 whatever layer is asked for", 1: "it walks another layer than the one asked for"})  # fmt: skip

    @exam.claim("on any graph it ends where the reference ends", weight=2, hint="Nearest neighbour, strictly nearer.",
                likely={"TypeError": swapped})  # fmt: skip
    def _() -> Finding | None:
        points, links = _web(rng, int(80 * scale))
        queries = rng.normal(size=(20, 2)).astype(np.float32)
        starts = rng.integers(len(points), size=20).tolist()
        reference = Descent.from_layers(points, [links], 0)
        cases = [(q, _start(points, q, s)[0], 0) for q, s in zip(queries, starts, strict=True)]
        got = each(Walk.from_layers(points, [links], 0).greedy, cases, as_=PAIR)
        for case, found in zip(cases, got, strict=True):
            expected = reference.greedy(*case)
            if not _same([found], [expected]):
                return Finding("other-end", f"{len(points)} points in a plane, start at node {case[1][1]}, distance {case[1][0]:.3f}",
                               f"ends at {expected[1]}, distance {expected[0]:.3f}", f"ends at {found[1]}, distance {found[0]:.3f}")  # fmt: skip
        return None

    @exam.claim("a node stood on costs one look at its links and one call of distances", hint="Measure a list in one call.",
                needs="on any graph it ends where the reference ends")  # fmt: skip
    def _() -> Finding | None:
        points, links = _web(rng, int(80 * scale))
        query, start = _origin(points), int(_squared(points, _origin(points)).argmax())
        reference = Descent.from_layers(points, [links], 0)
        end = reference.greedy(query, _start(points, query, start)[0], 0)
        meter = Meter(points)
        graph = Walk.from_layers(points[::-1].copy(), [links], 0, distances=meter.measure)
        got = plain(graph.greedy(query, _start(points, query, start)[0], 0), PAIR)
        return _paid(meter, plain(graph.cost, dict), reference.cost, _same([got], [end]), start, "a walk")


def _ends(meter: Meter, call: Any, case: str, expected: Pair, likely: str) -> Finding | None:
    """The finding of a walk that may not end: the meter stops it."""
    try:
        got = call()
    except SubjectError as error:
        if meter.calls <= meter.most:
            raise
        return Finding("no-end", case, f"({expected[0]:g}, {expected[1]}), after a step or two", error.message, likely)
    if _same([got], [expected]):
        return None
    return Finding("other-end", case, f"({expected[0]:g}, {expected[1]})", f"({got[0]:g}, {got[1]})", likely)


def _paid(
    meter: Meter, cost: Mapping[str, Any], least: Mapping[str, int], same: bool, start: int, what: str
) -> Finding | None:
    """The finding of a walk that found the right nodes and paid too much, or paid where nobody counts."""
    case = f"{what} through {len(meter.points)} nodes"
    if not same:
        return Finding("past-the-counter", f"{case}, its distances served by `self.distances`, the stored vectors being others",
                       "the answer by the distances served", "another answer",
                       "vectors are measured past self.distances, where the cost is not counted",
                       "self.distances(query, ids)")  # fmt: skip
    if meter.empty:
        return Finding("empty-call", case, "no call of self.distances for an empty list", f"{meter.empty} of them",
                       "nothing is left to measure, and it is measured all the same")  # fmt: skip
    if int(cost["hops"]) > least["hops"]:
        return Finding("hops", case, f"{least['hops']} hops", f"{cost['hops']}",
                       "it goes on although the nearest candidate is beyond the bar" if cost["hops"] > 1.5 * least["hops"] else "")  # fmt: skip
    if int(cost["hops"]) < min(least["hops"], meter.calls):
        return Finding("uncounted-hops", case, f"{least['hops']} hops counted", f"{cost['hops']}",
                       "links are read past self.neighbours, where the hop is not counted", "self.neighbours(node, layer)")  # fmt: skip
    if start in meter.asked and len(meter.asked) > least["distances"]:
        return Finding("start-again", case, f"{least['distances']} distances: the start is measured already", f"{len(meter.asked)}",
                       "the start is measured again")  # fmt: skip
    if meter.calls > least["hops"]:
        return Finding("one-by-one", case, f"at most {least['hops']} calls of self.distances, one a hop", f"{meter.calls}",
                       "nodes are measured one by one, and not a list in one call")  # fmt: skip
    if len(meter.asked) > least["distances"]:
        return Finding("distances", case, f"{least['distances']} distances", f"{len(meter.asked)}",
                       "nodes that were measured before are measured again")  # fmt: skip
    return None
