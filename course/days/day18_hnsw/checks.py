"""Day 18: what a right answer shows. Expected values come from the library, run by the examiner on the same graph."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.checking.errors import SubjectError
from course.checking.examination import Examination, Finding, examine, expect_error
from course.checking.subject import Subject, each, plain
from course.systems.search.descent import Descent
from course.systems.search.exact import ExactIndex
from course.systems.search.graph_index import GraphIndex
from course.systems.search.hnsw import HNSW
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
    return np.asarray(
        ((np.asarray(rows, dtype=np.float64).reshape(-1, np.size(query)) - query) ** 2).sum(axis=1)
    )


def _points(*rows: float | tuple[float, ...]) -> Points:
    return np.array([row if isinstance(row, tuple) else (row,) for row in rows], dtype=np.float32)


def _origin(points: Points) -> Points:
    return np.zeros(points.shape[1], dtype=np.float32)


def _start(points: Points, query: Points, *nodes: int) -> list[Pair]:
    return [(float(_squared(points[node], query)[0]), node) for node in nodes]


def _web(
    rng: np.random.Generator, n: int, near: int = 4, far: int = 2
) -> tuple[Points, dict[int, list[int]]]:
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
    """Reference: course/systems/search/descent.py"""
    rng = np.random.default_rng(seed)
    no_links = "a node without links has no nearest neighbour: the walk ends there"
    swapped = "the pair is (distance, id), in this order"

    def walk(points: Points, layers: list[Links], start: int, layer: int = 0) -> Pair:
        graph = Walk.from_layers(points, layers, 0)
        query = _origin(points)
        return plain(graph.greedy(query, _start(points, query, start)[0], layer), PAIR)  # type: ignore[no-any-return]

    def finding(
        kind: str, case: str, expected: Pair, got: Pair, likely: Mapping[int, str], step: str = ""
    ) -> Finding | None:
        if _same([got], [expected]):
            return None
        return Finding(kind, case, f"({expected[0]:g}, {expected[1]})", f"({got[0]:g}, {got[1]})", likely.get(got[1], ""), step)  # fmt: skip

    @exam.claim("a walk ends at a node without links", hint="What is the nearest of none?",
                likely={"ValueError": no_links, "IndexError": no_links, "TypeError": swapped})  # fmt: skip
    def _() -> Finding | None:
        got = walk(_points(3, 1), [{0: [1], 1: []}], 0)
        return finding("no-links", "0 at 3, linked to 1 at 1, which has no links; query at 0, start at 0",
                       (1.0, 1), got, {0: "the walk never leaves its start: is the comparison the wrong way round?"})  # fmt: skip

    @exam.claim("of all neighbours it takes the nearest", hint="Look at the whole list before you step.",
                likely={"TypeError": swapped})  # fmt: skip
    def _() -> Finding | None:
        got = walk(_points(9, 7, 2, 5), [{0: [1, 2, 3], 1: [], 2: [], 3: []}], 0)
        likely = {1: "it steps to the first neighbour that is nearer, and not to the nearest",
                  3: "it steps to the last neighbour that is nearer, and not to the nearest",
                  0: "it compares the wrong way round, or never steps"}  # fmt: skip
        return finding(
            "not-the-nearest",
            "0 at 9 is linked to 1 at 7, 2 at 2 and 3 at 5; query at 0",
            (4.0, 2),
            got,
            likely,
        )

    level = "it never steps to a node that is not nearer"

    @exam.claim(
        level,
        hint="You have arrived when all neighbours are farther.",
    )
    def _() -> Finding | None:
        meter = Meter(_points(9, 5, 6, 1), most=12)
        graph = Walk.from_layers(
            meter.points, [{0: [1], 1: [2], 2: [3, 1], 3: []}], 0, distances=meter.measure
        )
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

    @exam.claim(
        "it goes on until no neighbour is nearer",
        hint="One step is no walk.",
        needs=level,
        likely={"TypeError": swapped},
    )
    def _() -> Finding | None:
        chain = {node: [node - 1, node + 1] for node in range(1, 6)} | {0: [1], 6: [5]}
        got = walk(_points(9, 8, 7, 6, 5, 4, 3), [chain], 0)
        return finding("one-step", "a chain of seven nodes, each nearer than the one before; start at the far end",
                       (9.0, 6), got, {1: "the walk stops after one step", 5: "the walk stops one step early"})  # fmt: skip

    @exam.claim(
        "it walks the layer that it is given",
        hint="neighbours(node, layer).",
        needs=level,
        likely={"KeyError": "the links of another layer are read"},
    )
    def _() -> Finding | None:
        points = _points(9, 6, 3, 1)
        layers: list[Links] = [{0: [3], 1: [3], 2: [3], 3: [2]}, {0: [1], 1: [2], 2: [1]}, {0: [1], 1: [0]}]
        got = walk(points, layers, 0, layer=1)
        return finding("other-layer", "layer 1 links 0 → 1 → 2; layer 0 links 0 → 3; layer 2 only 0 → 1", (9.0, 2), got,
                       {3: "it walks layer 0 whatever layer is asked for", 1: "it walks another layer than the one asked for"})  # fmt: skip

    @exam.claim("on any graph it ends where the reference ends", weight=2, hint="Nearest neighbour, strictly nearer.", needs=level,
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
        return Finding(
            "no-end", case, f"({expected[0]:g}, {expected[1]}), after a step or two", error.message, likely
        )
    if _same([got], [expected]):
        return None
    stayed = "it never leaves its start" if got[1] == 0 else likely
    return Finding("other-end", case, f"({expected[0]:g}, {expected[1]})", f"({got[0]:g}, {got[1]})", stayed)


def _paid(
    meter: Meter,
    cost: Mapping[str, Any],
    least: Mapping[str, int],
    same: bool,
    start: int,
    what: str,
    more: str = "",
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
                       "each node's links are read twice" if cost["hops"] == 2 * least["hops"] else more)  # fmt: skip
    if int(cost["hops"]) < least["hops"]:
        return Finding("uncounted-hops", case, f"{least['hops']} hops counted", f"{cost['hops']}",
                       "links are read past self.neighbours, where the hop is not counted", "self.neighbours(node, layer)")  # fmt: skip
    if meter.asked[:1] == [start]:
        return Finding("start-again", case, f"{least['distances']} distances: the start is measured already", f"{len(meter.asked)}",
                       "the start is measured again")  # fmt: skip
    if meter.calls > least["hops"]:
        return Finding("one-by-one", case, f"at most {least['hops']} calls of self.distances, one a hop", f"{meter.calls}",
                       "nodes are measured one by one, and not a list in one call")  # fmt: skip
    if len(meter.asked) > least["distances"]:
        return Finding("distances", case, f"{least['distances']} distances", f"{len(meter.asked)}",
                       "nodes that were measured before are measured again")  # fmt: skip
    return None


# ── search_layer ────────────────────────────────────────────────────────────────────────────────────────


@examine
def check_search(exam: Examination, Graph: Subject, *, seed: int, scale: float) -> None:
    """Reference: course/systems/search/graph_index.py"""
    rng = np.random.default_rng(seed)
    empty_beam = "the bar is read from a beam that holds nothing: the entry points are in it from the start"

    def graph_of(points: Points, *layers: Links) -> Subject:
        return Graph.from_layers(points, list(layers), 0)  # type: ignore[no-any-return]

    def search(graph: Subject, points: Points, entries: Sequence[int], ef: int, layer: int = 0) -> list[Pair]:
        query = _origin(points)
        return plain(graph.search_layer(query, _start(points, query, *entries), ef, layer), PAIRS)  # type: ignore[no-any-return]

    def finding(
        kind: str, case: str, expected: list[Pair], got: list[Pair], likely: str = "", step: str = ""
    ) -> Finding | None:
        if _same(got, expected):
            return None
        if any(distance < 0 for distance, _ in got):
            likely = "the sign that turned the heap round is still on the distances"
        elif len(got) > 1 and _same(got[::-1], expected):
            likely = "the answer comes farthest first: the heap's order is turned round"
        return Finding(kind, case, _said(expected), _said(got), likely, step)

    @exam.claim("a beam is at least 1 wide, and without an entry point there is no answer", hint="Check at the door.",
                likely={"IndexError": empty_beam})  # fmt: skip
    def _() -> Finding | None:
        graph, origin = graph_of(_points(1, 2), {0: [1], 1: [0]}), _origin(_points(1))
        refused = expect_error("BeamTooNarrow", lambda: graph.search_layer(origin, [(1.0, 0)], 0, 0), "search_layer with ef = 0",
                               likely="there is no guard: ef = 0 is answered")  # fmt: skip
        if refused is not None:
            return refused
        got = plain(graph.search_layer(origin, [], 3, 0), PAIRS)
        return finding(
            "no-entry", "search_layer with no entry point", [], got, "it enters although nobody said where"
        )

    @exam.claim("a candidate at the bar itself is expanded", hint="Farther than the bar stops; as far does not.",
                likely={"IndexError": empty_beam})  # fmt: skip
    def _() -> Finding | None:
        points = _points(3, 2, 1)
        graph = graph_of(points, {0: [1], 1: [2], 2: []})
        got = search(graph, points, [0], 1)
        likely = ""
        if len(got) > 1:
            likely = "the beam is not limited to ef"
        elif got == [(9.0, 0)]:
            likely = "a beam that is full drops its nearest, or lets nobody in"
            if not plain(graph.cost, dict)["hops"]:
                likely = "the walk stops at a candidate that is the bar itself"
        return finding(
            "stops-at-the-bar", "0 at 3 → 1 at 2 → 2 at 1; ef 1; query at 0", [(1.0, 2)], got, likely
        )

    star, centre = _points(9, 3, 1, -3, 2, 5), {0: [1, 2, 3, 4, 5], 1: [], 2: [], 3: [], 4: [], 5: []}

    @exam.claim("pairs come nearest first, equal distances by smaller id", hint="sorted() does both.",
                likely={"IndexError": empty_beam})  # fmt: skip
    def _() -> Finding | None:
        got = search(graph_of(star, centre), star, [0], 6)
        expected = [(1.0, 2), (4.0, 4), (9.0, 1), (9.0, 3), (25.0, 5), (81.0, 0)]
        likely = "a heap is no sorted list" if sorted(got) == expected else ""
        if likely and [d for d, _ in got] == [d for d, _ in expected]:
            likely = "1 and 3 are equally far: the smaller id comes first"
        if got == expected[:-1]:
            likely = "the beam starts empty, so the entry point is not in the answer"
        return finding("order", "0 at 9 is linked to nodes at 3, 1, −3, 2 and 5; ef 6; query at 0", expected, got, likely)  # fmt: skip

    @exam.claim("the entry points are found nodes too", hint="They are measured: who else could be the bar?",
                likely={"IndexError": empty_beam})  # fmt: skip
    def _() -> Finding | None:
        points = _points(1, 2, 3, 4)
        got = search(graph_of(points, {0: [2, 3], 1: [], 2: [], 3: []}), points, [0, 1], 4)
        nodes = {node for _, node in got}
        likely = (
            "a newcomer farther than the bar is refused although the beam has room" if nodes == {0, 1} else ""
        )
        if nodes.isdisjoint({0, 1}):
            likely = "the beam starts empty, so the entry points are not in the answer"
        return finding("entry-missing", "entries 0 at 1 and 1 at 2; 0 is linked to 2 at 3 and 3 at 4; ef 4; query at 0",
                       [(1.0, 0), (4.0, 1), (9.0, 2), (16.0, 3)], got, likely)  # fmt: skip

    @exam.claim("at most ef nodes are kept, the nearest", hint="A beam that grew past ef drops its farthest.")
    def _() -> Finding | None:
        got = search(graph_of(star, centre), star, [0], 2)
        likely = "a beam that is full drops its nearest, or lets nobody in"
        if len(got) > 2:
            likely = "the beam is not limited to ef"
        elif (1.0, 2) in got:
            likely = "a newcomer is compared with the nearest in the beam, and not with the farthest"
        return finding("beam", "the same star, ef 2", [(1.0, 2), (4.0, 4)], got, likely)

    @exam.claim("a node is met once", hint="Remember every node that was measured, the entry points too.",
                likely={"TookTooLong": "nodes are met again and again: no set of nodes met is kept"})  # fmt: skip
    def _() -> Finding | None:
        meter = Meter(_points(3, 2, 1), most=60)
        graph = Graph.from_layers(
            meter.points, [{0: [1, 2], 1: [0, 2], 2: [0, 1]}], 0, distances=meter.measure
        )
        case, expected = (
            "three nodes, all linked to each other; entry 0; ef 5",
            [(1.0, 2), (4.0, 1), (9.0, 0)],
        )
        again = "no set of nodes met is kept, so each link leads to a node anew"
        entry = "the entry points are not among the nodes met, so 0 is measured again"
        try:
            got = search(graph, meter.points, [0], 5)
        except SubjectError as error:
            if meter.calls <= meter.most:
                raise
            return Finding("met-again", case, _said(expected), error.message, again)
        likely = entry if meter.asked.count(0) and max(map(meter.asked.count, (1, 2))) < 2 else again
        if found := finding("met-again", case, expected, got, likely):
            return found
        if len(meter.asked) > 2:
            return Finding("met-again", case, "2 distances: of 1 and of 2", f"{len(meter.asked)}", likely)
        if meter.empty:
            return Finding("empty-call", case, "no call of self.distances for an empty list", f"{meter.empty} of them",
                           "every neighbour was met before, and self.distances is called all the same")  # fmt: skip
        return None

    @exam.claim(
        "with room in the beam the walk goes uphill", hint="When may you stop: what does the bar say?"
    )
    def _() -> Finding | None:
        points = _points(9, 5, 6, 7, 1)
        got = search(graph_of(points, {0: [1], 1: [2], 2: [3], 3: [4], 4: []}), points, [0], 5)
        likely = "the walk stops at the first candidate that does not improve on the nearest, although the beam has room"
        return finding("stops-early", "0 at 9 → 1 at 5 → 2 at 6 → 3 at 7 → 4 at 1; ef 5; query at 0",
                       [(1.0, 4), (25.0, 1), (36.0, 2), (49.0, 3), (81.0, 0)], got, likely if len(got) < 5 else "")  # fmt: skip

    @exam.claim("each entry point is walked from", hint="All of them are candidates.")
    def _() -> Finding | None:
        points = _points(1, 2, 3, 4)
        got = search(graph_of(points, {0: [2], 1: [3], 2: [], 3: []}), points, [0, 1], 4)
        return finding("one-entry", "entries 0 at 1 → 2 at 3, and 1 at 2 → 3 at 4; ef 4; query at 0",
                       [(1.0, 0), (4.0, 1), (9.0, 2), (16.0, 3)], got, "the walk starts from one entry point only" if len(got) < 4 else "")  # fmt: skip

    @exam.claim(
        "a tombstone is a node like any other",
        hint="`search` leaves the dead out; the walk needs them as bridges.",
    )
    def _() -> Finding | None:
        points = _points(3, 2, 1)
        graph = graph_of(points, {0: [1], 1: [2], 2: []})
        graph.delete([1])
        got = search(graph, points, [0], 3)
        return finding("tombstone", "0 at 3 → 1 at 2 → 2 at 1, and 1 is deleted; ef 3; query at 0", [(1.0, 2), (4.0, 1), (9.0, 0)], got,
                       "the walk steps around tombstones, and loses what lies behind them" if 1 not in [n for _, n in got] else "")  # fmt: skip

    @exam.claim(
        "the beam's farthest node is the bar, not its nearest",
        hint="Which of the beam would a newcomer replace?",
    )
    def _() -> Finding | None:
        points = _points(9, 1, 6, 5, 2)  # the only way to 4 leads through 3, which is far behind 1
        got = search(graph_of(points, {0: [1, 2, 3], 1: [], 2: [], 3: [4], 4: []}), points, [0], 3)
        return finding("other-bar", "0 at 9 is linked to 1 at 1, 2 at 6 and 3 at 5; 3 leads to 4 at 2; ef 3; query at 0",
                       [(1.0, 1), (4.0, 4), (25.0, 3)], got,
                       "the bar is the nearest of the beam, and not its farthest" if 4 not in [n for _, n in got] else "")  # fmt: skip

    @exam.claim(
        "it walks the layer that it is given",
        hint="neighbours(node, layer).",
        likely={"KeyError": "the links of another layer are read"},
    )
    def _() -> Finding | None:
        points = _points(9, 6, 3, 1)
        layers: list[Links] = [{0: [3], 1: [3], 2: [3], 3: [2]}, {0: [1], 1: [2], 2: [1]}]
        got = search(graph_of(points, *layers), points, [0], 5, layer=1)
        return finding("other-layer", "layer 1 links 0 → 1 → 2; layer 0 links 0 → 3; ef 5 on layer 1", [(9.0, 2), (36.0, 1), (81.0, 0)], got,
                       "it walks layer 0 whatever layer is asked for" if 3 in [n for _, n in got] else "")  # fmt: skip

    same = "on any graph it finds what the reference finds"

    @exam.claim(same, weight=2, hint="Nearest candidate first; stop beyond the bar.")
    def _() -> Finding | None:
        points, links = _web(rng, int(120 * scale))
        queries = rng.normal(size=(12, 2)).astype(np.float32)
        reference = GraphIndex.from_layers(points, [links], 0)
        cases = []
        for number, query in enumerate(queries):
            ef = (1, 3, 10, 300)[number % 4]
            entries = rng.choice(len(points), size=min(ef, 1 + number % 3), replace=False).tolist()
            cases.append((query, _start(points, query, *entries), ef, 0))
        graph = Graph.from_layers(points, [links], 0)
        got = each(graph.search_layer, cases, as_=PAIRS)
        for (query, entries, ef, layer), found in zip(cases, got, strict=True):
            expected = reference.search_layer(query, entries, ef, layer)
            if not _same(found, expected):
                missed = len({n for _, n in expected} - {n for _, n in found})
                more = sum(d for d, _ in found) < sum(d for d, _ in expected) and len(found) == len(expected)
                return Finding("other-nodes", f"{len(points)} points in a plane, {len(entries)} entry point{'s' * (len(entries) > 1)}, ef {ef}",
                               f"{len(expected)} nodes, the farthest at {expected[-1][0]:.3f}",
                               f"{len(found)} nodes, {missed} of them others, and nearer ones" if more else f"{len(found)} nodes, {missed} of the {len(expected)} missing",
                               "the walk goes on although the nearest candidate is beyond the bar; it finds more, and pays for it" if more else "")  # fmt: skip
        if {int(node): list(others) for node, others in plain(graph.layers, list)[0].items()} != links:
            return Finding("graph-changed", "the graph's links after the searches", "as before", "changed", "a list of links is changed while it is read")  # fmt: skip
        return None

    @exam.claim("what is met is measured once, one call a hop, and the walk stops at the bar", weight=2, needs=same,
                hint="A set of nodes met; one list a call; stop when the nearest candidate is beyond the bar.")  # fmt: skip
    def _() -> Finding | None:
        points, links = _web(rng, int(150 * scale), near=6)
        query, start = _origin(points), int(_squared(points, _origin(points)).argmax())
        reference = GraphIndex.from_layers(points, [links], 0)
        end = reference.search_layer(query, _start(points, query, start), 8, 0)
        meter = Meter(points)
        graph = Graph.from_layers(points[::-1].copy(), [links], 0, distances=meter.measure)
        got = plain(graph.search_layer(query, _start(points, query, start), 8, 0), PAIRS)
        return _paid(meter, plain(graph.cost, dict), reference.cost, _same(got, end), start, "a search with ef 8",
                     "it goes on although the nearest candidate is beyond the bar")  # fmt: skip

    @exam.claim("copies of one point do not widen the walk", hint="Strictly nearer than the bar.", needs=same)
    def _() -> Finding | None:
        n = int(60 * scale)
        ring = {node: [(node + step) % n for step in range(1, 6)] for node in range(n)}
        graph = Graph.from_layers(np.ones((n, 2)), [ring], 0)
        got = plain(graph.search_layer(np.zeros(2, dtype=np.float32), [(2.0, 0)], 4, 0), PAIRS)
        hops = int(plain(graph.cost, dict)["hops"])
        if len(got) != 4 or len({node for _, node in got}) != 4:
            return Finding(
                "copies",
                f"{n} copies of one point, each linked to the next five; ef 4",
                "4 different nodes",
                _said(got),
            )
        if hops > 5:
            return Finding("level-ground", f"{n} copies of one point, each linked to the next five; ef 4", "4 hops: a full beam lets in what is strictly nearer",
                           f"{hops}", "a node that is not strictly nearer than the bar of a full beam is let in, as candidate or into the beam, so the walk runs through all copies")  # fmt: skip
        return None


# ── select_neighbours ───────────────────────────────────────────────────────────────────────────────────


@examine
def check_select(exam: Examination, Index: Subject, *, seed: int, scale: float) -> None:
    """Reference: course/systems/search/hnsw.py"""
    rng = np.random.default_rng(seed)
    last = "the last neighbour kept has nothing after it to be measured against"

    def candidates(points: Points, base: int = 0) -> list[Pair]:
        """Every point but the base, as candidates for it."""
        return sorted(
            (float(d), node) for node, d in enumerate(_squared(points, points[base])) if node != base
        )

    def bare(points: Points, **options: Any) -> Subject:
        return Index.from_layers(points, [{node: [] for node in range(len(points))}], 0, **options)  # type: ignore[no-any-return]

    def select(points: Points, m: int) -> list[int]:
        return plain(bare(points).select_neighbours(candidates(points), m), list[int])  # type: ignore[no-any-return]

    @exam.claim("no candidates, no neighbours; fewer than one link is refused", hint="Check at the door.",
                likely={"IndexError": "there may be no candidate at all", "ValueError": "there may be no candidate at all"})  # fmt: skip
    def _() -> Finding | None:
        index = bare(_points((0, 0), (1, 0)))
        if (got := plain(index.select_neighbours([], 3), list)) != []:
            return Finding("no-candidates", "select_neighbours([], 3)", "[]", f"{got}")
        return expect_error("DegreeTooSmall", lambda: index.select_neighbours([(1.0, 1)], 0), "select_neighbours([(1.0, 1)], 0)",
                            likely="there is no guard: a node with no link at all can never be found")  # fmt: skip

    @exam.claim("the nearest candidate is kept, then one in each direction", weight=2, hint="Who is nearer to a kept one than to the base is passed over.",
                likely={"IndexError": last, "ValueError": last})  # fmt: skip
    def _() -> Finding | None:
        points = _points((0, 0), (2, 0), (2.5, 0), (3, 0), (-6, 0))
        got = select(points, 4)
        if got == [1, 4]:
            return None
        likely = {(1, 2, 3, 4): "the nearest m are kept, whatever their direction",
                  (1, 2, 3): "the comparison is the wrong way round: it keeps who is near a kept one, and drops the bridge",
                  (1, 4, 2, 3): "candidates that were passed over are put back to fill the list",
                  (1, 4, 2): "candidates that were passed over are put back to fill the list",
                  (4, 1): "the answer is not in the order in which they were kept",
                  (): "the nearest candidate is not kept either"}.get(tuple(got), "")  # fmt: skip
        if sorted(got) == [1, 2, 3, 4] and not likely:
            likely = "candidates that were passed over are put back to fill the list"
        return Finding("directions", "base at 0; candidates 1 at 2, 2 at 2.5, 3 at 3, and 4 at −6, on a line; m 4", "[1, 4]: 1 leads to 2 and 3, nobody leads to 4",
                       f"{got}", likely)  # fmt: skip

    @exam.claim(
        "at most m are kept, nearest first",
        hint="Stop at m.",
        likely={"IndexError": last, "ValueError": last},
    )
    def _() -> Finding | None:
        points = _points((0, 0, 0), (0, 0, 3), (0, 2, 0), (1, 0, 0), (0, -4, 0), (-5, 0, 0))
        for m, expected in ((3, [3, 2, 1]), (1, [3]), (5, [3, 2, 1, 4, 5])):
            got = select(points, m)
            if got != expected:
                likely = "one more than m is kept" if len(got) == m + 1 else "more than m are kept" if len(got) > m else (
                    "the last place stays empty" if got == expected[:-1] else "")  # fmt: skip
                return Finding(
                    "at-most-m", f"five candidates in five directions, m {m}", f"{expected}", f"{got}", likely
                )
        return None

    @exam.claim("a tie is kept", hint="Strictly nearer, or it stays.")
    def _() -> Finding | None:
        got = select(_points((0, 0), (2, 0), (1, 2)), 2)
        if got == [1, 2]:
            return None
        return Finding("tie", "base at (0, 0), candidates 1 at (2, 0) and 2 at (1, 2): 2 is at distance 5 from both", "[1, 2]", f"{got}",
                       "a candidate as near to a kept one as to the base is dropped")  # fmt: skip

    @exam.claim("every kept neighbour counts, and only those", hint="Who was passed over rules nobody out.")
    def _() -> Finding | None:
        points = _points((0, 0), (4, 0), (4, 3), (1, 6))
        got = select(points, 3)
        if got != [1, 3]:
            return Finding("passed-over", "base at (0, 0); candidates 1 at (4, 0), 2 at (4, 3), 3 at (1, 6); 1 rules out 2", "[1, 3]: 3 is near 2 only, and 2 was passed over",
                           f"{got}", "a candidate that was passed over rules out others" if got == [1] else "")  # fmt: skip
        points = _points((0, 0), (2, 0), (0, 3), (4, 1))
        got = select(points, 3)
        if got != [1, 2]:
            return Finding("earlier-kept", "base at (0, 0); candidates 1 at (2, 0), 2 at (0, 3), 3 at (4, 1), which is near 1", "[1, 2]", f"{got}",
                           "a candidate is compared with the neighbour kept last, and not with all of them" if got == [1, 2, 3] else "")  # fmt: skip
        points = _points((0, 0), (2, 0), (0, 3), (1, 5))
        got = select(points, 3)
        if got != [1, 2]:
            return Finding("later-kept", "base at (0, 0); candidates 1 at (2, 0), 2 at (0, 3), 3 at (1, 5), which is near 2", "[1, 2]", f"{got}",
                           "a candidate is compared with the neighbour kept first, and not with all of them" if got == [1, 2, 3] else "")  # fmt: skip
        return None

    same = "on any candidates it keeps what the paper's rule keeps"

    @exam.claim(
        same,
        weight=2,
        hint="Nearest first; compare with those kept.",
        likely={"IndexError": last, "ValueError": last},
    )
    def _() -> Finding | None:
        points = rng.normal(size=(int(150 * scale), 4)).astype(np.float32)
        reference, index = HNSW.from_layers(points, [{n: [] for n in range(len(points))}], 0), bare(points)
        cases = []
        for base in range(12):
            cases.append((candidates(points, base)[: 40 + base], (4, 8, 32)[base % 3]))
        got = each(index.select_neighbours, cases, as_=list[int])
        for (pairs, m), found in zip(cases, got, strict=True):
            expected = reference.select_neighbours(pairs, m)
            if found != expected:
                return Finding("other-neighbours", f"{len(pairs)} candidates in 4 dimensions, m {m}", f"{len(expected)} kept, the last {expected[-1]}",
                               f"{len(found)} kept, {len(set(found) & set(expected))} of them right")  # fmt: skip
        return None

    @exam.claim(
        "a kept neighbour is measured once, against those still in the running",
        weight=2,
        hint="One call for each that is kept, against those still in the running.",
        needs=same,
    )
    def _() -> Finding | None:
        points = rng.normal(size=(int(80 * scale), 4)).astype(np.float32)
        reference = HNSW.from_layers(points, [{n: [] for n in range(len(points))}], 0)
        meter, kept = Meter(points, most=6 * len(points)), 0
        index = bare(points, distances=meter.measure)
        index.select_neighbours([(1.0, 1)], 3)
        lists = [candidates(points, base) for base in range(4)]
        for pairs in lists:
            kept += len(reference.select_neighbours(pairs, len(pairs)))
            index.select_neighbours(pairs, len(pairs))
        case = f"{len(lists)} base nodes, {len(points) - 1} candidates each, {kept} of them kept in all"
        if not meter.calls:
            return Finding("past-the-counter", case, f"{reference.cost['distances']} distances counted", "none",
                           "vectors are measured past self.distances, where the cost is not counted", "self.distances(self.vectors[id], ids)")  # fmt: skip
        if meter.empty:
            return Finding(
                "empty-call",
                case,
                "no call of self.distances for an empty list",
                f"{meter.empty} of them",
                "the last one kept has nobody left after it, and self.distances is called all the same",
            )
        if meter.calls > kept:
            return Finding("calls", case, f"at most {kept} calls of self.distances, one for each that is kept", f"{meter.calls}",
                           "each candidate is measured against all kept, and not each kept against those still in the running")  # fmt: skip
        if len(meter.asked) > reference.cost["distances"]:
            return Finding("distances", case, f"at most {reference.cost['distances']} distances", f"{len(meter.asked)}",
                           "candidates that are ruled out already are measured again")  # fmt: skip
        return None

    own = "your greedy and search_layer find what the reference finds"

    @exam.claim(own, weight=0, hint="Finish exercises 1 and 2 first.", needs=same)
    def _() -> Finding | None:
        points, links = _web(rng, 60)
        reference, index = (
            HNSW.from_layers(points, [links, {0: [1], 1: [0]}], 0),
            Index.from_layers(points, [links, {0: [1], 1: [0]}], 0),
        )
        queries = rng.normal(size=(8, 2)).astype(np.float32)
        got = each(index.search, [(query, 5, 10) for query in queries], as_=PAIRS)
        if all(
            _same(found, reference.search(query, 5, 10)) for query, found in zip(queries, got, strict=True)
        ):
            return None
        return Finding("walk-first", "a search on a graph that the check built", "the reference's answer", "another",
                       "greedy or search_layer is not finished", "pass their checks, run their cells again, then this one")  # fmt: skip

    @exam.claim(
        "an index built with it crosses from island to island",
        hint="One link in each direction is a bridge.",
        needs=own,
    )
    def _() -> Finding | None:
        n = int(90 * math.sqrt(scale))
        rows = islands(n + 20, 16, groups=12, seed=int(rng.integers(2**31)))
        queries, rows = rows[:20], rows[20:]
        exact, recalls = ExactIndex(rows), []
        for kind in (HNSW, Index):
            index = kind(16, 4, ef_construction=24, seed=1)
            index.add(rows)
            found = plain(index.search_batch(queries, 5, 16), "ndarray")
            recalls.append(exact.recall(queries, np.asarray(found, dtype=np.int64).reshape(20, -1), 5))
        if recalls[1] >= recalls[0] - 0.1:
            return None
        return Finding("islands", f"{n} points on 12 islands, M 4, recall@5 of 20 queries", f"{recalls[0]:.2f}", f"{recalls[1]:.2f}",
                       "too few links lead from one island to another")  # fmt: skip
