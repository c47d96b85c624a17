"""Day 18: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import itertools
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.checking.probes import Cost, Examination, Step, calls, examine, growth
from course.checking.subject import plain
from course.systems.search.descent import Descent
from course.systems.search.exact import ExactIndex
from course.systems.search.graph_index import GraphIndex
from course.systems.search.hnsw import HNSW
from datasets.vectors import clusters, islands, noise

Pair = tuple[float, int]
Rows = NDArray[np.float32]
Links = Mapping[int, Sequence[int]]
Far = Mapping[int, float]
"""Distance of each node to one point."""
PAIR, PAIRS = tuple[float, int], list[tuple[float, int]]
QUERY = -1
"""Row of the query in a table of distances, and what its vector holds."""


class Served:
    """Distances that a check serves and notes, by row of a table; a stored vector holds its row's number alone."""

    def __init__(self, table: Mapping[int, Far], most: int = 60) -> None:
        self.table, self.most = defaultdict(lambda: defaultdict(float), table), most
        self.asked: list[list[int]] = []

    def measure(self, vector: Any, ids: Any) -> list[float]:
        """Distances from the row that ``vector`` names to ``ids``; refuses once it was asked ``most`` times."""
        self.asked.append([int(node) for node in ids])
        if len(self.asked) > self.most:
            raise RuntimeError(f"distances were asked for {len(self.asked)} times")
        row = self.table[int(np.ravel(vector)[0])]
        return [row[node] for node in self.asked[-1]]

    def graph(self, Graph: Any, layers: Sequence[Links]) -> Any:
        """An answer's graph of these layers that measures here."""
        rows = [[float(row), 0.0] for row in range(1 + max((*layers[0], 0)))]
        first = next(iter(layers[0]), None)
        graph = Graph.from_layers(rows, list(layers), first, M=2, distances=self.measure)
        graph.cost = dict.fromkeys(("distances", "hops", "layers"), PAID)
        return graph

    def paid(self, graph: Any, case: str, memory: bool) -> Iterator[Step]:
        """What a walk was counted for, what it asked, and how it leaves the graph."""
        cost, ids = plain(graph.cost, dict[str, int]), [node for ids in self.asked for node in ids]
        yield f"{case}: measured first", sorted(self.asked[0]) if self.asked else []
        if memory:
            yield f"{case}: ids measured more than once", sorted({one for one in ids if ids.count(one) > 1})
        yield f"{case}: hops", cost.get("hops", 0) - PAID
        yield f"{case}: ids measured", Cost(len(ids), times=1.0, of="distances")
        yield f"{case}: distances counted are those measured", cost.get("distances", 0) - PAID == len(ids)
        yield f"{case}: empty lists measured", sum(not one for one in self.asked)
        yield f"{case}: calls of distances", Cost(len(self.asked), times=1.0, of="calls")
        yield f"{case}: links and entry point afterwards", plain([graph.layers, graph.entry_point], list)


PAID = 7
"""What a graph has counted before it is asked."""
WHOLE, SMALL, CLOSE, TINY = range(4)
"""Kinds of distances: squares of whole numbers, below 1, large ones that lie 1e-7 apart, and a few bits apart."""


def _far(draw: random.Random, nodes: Sequence[int], kind: int = WHOLE) -> dict[int, float]:
    """A distance of its own for each node."""
    wholes = draw.sample(range(1, 9 + 3 * len(nodes)), len(nodes))
    spread = (
        lambda n: float(n * n),
        lambda n: (n / 128) ** 2,
        lambda n: 1e6 + n * 1e-7,
        lambda n: 0.25 + n * 2**-44,
    )[kind]
    return {node: spread(whole) for node, whole in zip(nodes, wholes, strict=True)}


def _nodes(draw: random.Random, n: int) -> list[int]:
    """Ids with gaps, in no order."""
    return draw.sample(range(2 * n), n)


def _linked(draw: random.Random, nodes: Sequence[int], most: int, onward: bool = False) -> Links:
    """Up to ``most`` one-way links for each node, to any others; ``onward`` links close no circle."""
    links = {}
    for at, node in enumerate(nodes):
        others = nodes[at + 1 :] if onward else [other for other in nodes if other != node]
        links[node] = draw.sample(others, min(len(others), draw.randrange(most + 1)))
    return links


def _ladder(nodes: Sequence[int], far: Far) -> list[Links]:
    """Three layers of one walk down to the nearest node: each ends a node before the layer below."""
    down = sorted(nodes, key=lambda node: -far[node])
    ends = [down[len(down) - 1 - layer :] for layer in range(3)]
    return [
        {node: down[at + 1 : at + 2] if node not in end else [] for at, node in enumerate(down)}
        for end in ends
    ]


def _web(draw: random.Random, n: int, near: int = 4) -> tuple[Rows, dict[int, list[int]]]:
    """``n`` points in a plane, each with one-way links to its nearest and to two at random."""
    points = _points(draw, n)
    nearest = ExactIndex(points).top_k(points, near + 1)[1].tolist()
    both = [dict.fromkeys([*draw.sample(range(n), min(2, n)), *ids]) for ids in nearest]
    return points, {node: [other for other in others if other != node] for node, others in enumerate(both)}


def _points(draw: random.Random, n: int, dim: int = 2) -> Rows:
    return np.random.default_rng(draw.randrange(2**31)).normal(size=(n, dim)).astype(np.float32)


def _entries(points: Rows, query: Rows, nodes: Iterable[int]) -> list[Pair]:
    return [(float(((points[node] - query) ** 2).sum()), node) for node in nodes]


def _said(far: Far, layers: Sequence[Links], dead: Sequence[int]) -> str:
    """A small graph in words: each node with its distance, and its links."""
    if len(far) > 9:
        return f"among {len(far)} nodes"
    told = [
        "; ".join(
            f"{node} ({far[node]:.15g}) → {', '.join(map(str, others)) or 'none'}"
            for node, others in links.items()
        )
        for links in layers
    ]
    gone = f"; {', '.join(map(str, dead))} deleted" if dead else ""
    return "node (distance) → links: " + " | next layer: ".join(told) + gone


def _graph(
    Graph: Any, far: Far, layers: Sequence[Links], served: bool, dead: Sequence[int]
) -> tuple[Any, Served, Rows]:
    """An answer's graph whose nodes are as far from the query as ``far`` says: served, or stored on a line."""
    source, query = Served({QUERY: far}, most=4 * len(far) + 4), np.zeros(2, dtype=np.float32)
    if served:
        graph, query[0] = source.graph(Graph, layers), QUERY
    else:
        rows = [[far.get(node, 0.0) ** 0.5, 0.0] for node in range(1 + max(far))]
        graph = Graph.from_layers(rows, list(layers), next(iter(far)), M=2)
    if dead:
        graph.delete(dead)
    return graph, source, query


# ── greedy ──────────────────────────────────────────────────────────────────────────────────────────────


@examine(Descent)
def check_greedy(exam: Examination) -> None:
    draw = exam.draw

    def walked(
        Walk: Any,
        far: Far,
        layers: Sequence[Links],
        starts: Sequence[int],
        *,
        dead: Sequence[int] = (),
        serve: bool = False,
        paid: bool = False,
    ) -> Iterator[Step]:
        """Where walks from ``starts`` end on each layer; with ``paid`` also what they cost."""
        graph, served, query = _graph(Walk, far, layers, serve or paid, dead)
        asked = [(start, layer) for layer in range(len(layers)) for start in starts]
        rows = [(query, (far[start], start), layer) for start, layer in asked]
        told = _said(far, layers, dead)
        cases = [f"greedy from {start} on layer {layer}, {told}" for start, layer in asked]
        for case, (_, end) in zip(cases, calls(graph.greedy, *rows, as_=PAIR), strict=False):
            yield case, end
        if paid:
            yield from served.paid(graph, cases[0], memory=False)

    @exam.claim("a walk ends where no neighbour is nearer", "Step, look again, step.", weight=2)
    def ends(Walk: Any) -> Iterator[Step]:
        for n in (2, 3, 5, 8, 8):
            nodes = _nodes(draw, n)
            yield from walked(Walk, _far(draw, nodes), [_linked(draw, nodes, 3, onward=True)], nodes[:3])
        for _ in range(2):
            start, *others = draw.sample(range(9), 4)
            far = _far(draw, others) | {start: 900.0}
            yield from walked(Walk, far, [{start: others} | {node: [] for node in others}], [start])
        nodes = _nodes(draw, exam.size(130))
        far = _far(draw, nodes)
        yield from walked(Walk, far, _ladder(nodes, far)[:1], [max(nodes, key=lambda node: far[node])])
        points, links = _web(draw, exam.size(80))
        links = {node: [other for other in others if other > node] for node, others in links.items()}
        starts = 3 * draw.sample(range(len(points)), 8)
        rows = [
            (query, _entries(points, query, [start])[0], 0)
            for query, start in zip(_points(draw, 24), starts, strict=True)
        ]
        graph = Walk.from_layers(points, [links], 0)
        for start, (_, end) in zip(starts, calls(graph.greedy, *rows, as_=PAIR), strict=False):
            yield f"{len(points)} points in a plane, greedy from {start}", end
        yield f"{len(points)} points in a plane: the links afterwards", plain(graph.layers, list)

    @exam.claim("of all neighbours it takes the nearest", "Look at the whole list before you step.")
    def _(Walk: Any) -> Iterator[Step]:
        for n in (3, 4, 9):
            start, *others = _nodes(draw, n)
            for kind in (WHOLE, CLOSE, TINY):
                far = _far(draw, others, kind)
                far[start] = 4 * max(far.values())
                star = {start: others} | {node: [] for node in others}
                yield from walked(Walk, far, [star], [start], serve=kind in (CLOSE, TINY))

    @exam.claim("it never steps to a node that is not nearer", "Strictly nearer, or stay.")
    def _(Walk: Any) -> Iterator[Step]:
        for kind in (WHOLE, SMALL, CLOSE, TINY):
            first, second, hill, valley = _nodes(draw, 4)
            low, near, high, top = sorted(_far(draw, range(4), kind).values())
            far = {first: top, second: near, hill: high, valley: low}
            chain = {first: [second], second: [hill], hill: [valley, second], valley: []}
            yield from walked(Walk, far, [chain], [first], serve=True)
            level = {first: top, second: top, hill: top, valley: low}
            yield from walked(Walk, level, [chain | {second: [hill, first]}], [first], serve=True)

    @exam.claim("a node without links ends the walk", "What is the nearest of none?", needs=ends)
    def _(Walk: Any) -> Iterator[Step]:
        for n in (1, 2, 3):
            nodes = _nodes(draw, n)
            far, alone = _far(draw, nodes), dict.fromkeys(nodes, nodes[:0])
            yield from walked(Walk, far, [alone], nodes)
            yield from walked(Walk, far | {nodes[-1]: 0.0}, [alone | {nodes[0]: nodes[1:]}], nodes)

    @exam.claim("it walks the layer that it is given", "neighbours(node, layer).", needs=ends)
    def _(Walk: Any) -> Iterator[Step]:
        for n in (3, 4, 6):
            nodes = _nodes(draw, n)
            far = _far(draw, nodes)
            yield from walked(Walk, far, _ladder(nodes, far), nodes[:3])

    @exam.claim("a deleted node is a node like any other", "`search` leaves it out later.", needs=ends)
    def _(Walk: Any) -> Iterator[Step]:
        for n in (2, 3, 5):
            nodes = _nodes(draw, n)
            far = _far(draw, nodes)
            dead = sorted(nodes, key=lambda node: far[node])[: n // 2 + 1]
            yield from walked(Walk, far, _ladder(nodes, far)[:1], nodes, dead=dead)
        star = {nodes[0]: nodes[1:]} | {node: [] for node in nodes[1:]}
        yield from walked(Walk, far | {nodes[0]: 1e4}, [star], nodes[:1], dead=dead)

    @exam.claim("a node stood on costs one hop and one call of distances", "A list in one call.", needs=ends)
    def _(Walk: Any) -> Iterator[Step]:
        for n, kind in ((1, WHOLE), (2, WHOLE), (4, WHOLE), (9, SMALL), (9, CLOSE)):
            chain = _nodes(draw, n)
            far = dict(zip(chain, sorted(_far(draw, chain, kind).values(), reverse=True), strict=True))
            back = {node: draw.sample(chain[:at], min(at, 3)) for at, node in enumerate(chain)}
            links = {node: [*chain[at + 1 : at + 2], *back[node]] for at, node in enumerate(chain)}
            yield from walked(Walk, far, [links], chain[:1], paid=True)


# ── search_layer ────────────────────────────────────────────────────────────────────────────────────────


@examine(GraphIndex)
def check_search(exam: Examination) -> None:
    draw = exam.draw

    def searched(
        Graph: Any,
        far: Far,
        layers: Sequence[Links],
        *asked: tuple[Sequence[int], int],
        dead: Sequence[int] = (),
        serve: bool = False,
        paid: bool = False,
    ) -> Iterator[Step]:
        """What searches with these entry points and this ef find on each layer; with ``paid`` also what they cost."""
        graph, served, query = _graph(Graph, far, layers, serve or paid, dead)
        told = _said(far, layers, dead)
        rows: list[Any] = []
        cases: list[str] = []
        for layer in range(len(layers)):
            where = f" on layer {layer}" if len(layers) > 1 else ""
            for entries, ef in asked:
                rows.append((query, [(far[node], node) for node in entries], ef, layer))
                cases.append(f"ef {ef}, entered at {', '.join(map(str, entries))}{where}, {told}")
        for case, (_, found) in zip(cases, calls(graph.search_layer, *rows, as_=PAIRS), strict=False):
            yield case, found
        if paid:
            yield from served.paid(graph, cases[0], memory=True)

    @exam.claim("it finds the ef nearest that a best-first walk meets", "Who may leave the beam?", weight=3)
    def finds(Graph: Any) -> Iterator[Step]:
        for n in (2, 3, 5, 5, 8, 9):
            nodes = _nodes(draw, n)
            links, some = _linked(draw, nodes, 4), [nodes[-1], nodes[0]]
            asked = (nodes[:1], 1), (nodes[:1], 2), (some, 2), (some, 4), (nodes[:1], n + 2)
            yield from searched(Graph, _far(draw, nodes), [links], *asked)
        nodes = _nodes(draw, 20)
        far = _far(draw, nodes)
        start = [max(nodes, key=lambda node: far[node])]
        yield from searched(Graph, far, _ladder(nodes, far)[:1], (start, 1), (start, 2))
        points, links = _web(draw, exam.size(120))
        rows: list[Any] = []
        for number, query in enumerate(_points(draw, 18)):
            ef = (1, 2, 3, 10, 25, 300)[number % 6]
            nodes = draw.sample(range(len(points)), min(ef, 1 + number % 4))
            rows.append((query, _entries(points, query, nodes), ef, 0))
        graph = Graph.from_layers(points, [links], 0)
        for row, (_, found) in zip(rows, calls(graph.search_layer, *rows, as_=PAIRS), strict=False):
            yield f"{len(points)} points in a plane, ef {row[2]}, {len(row[1])} entry points", found
        yield f"{len(points)} points in a plane: the links afterwards", plain(graph.layers, list)

    @exam.claim("with room in the beam the walk goes uphill", "Is the beam full?")
    def _(Graph: Any) -> Iterator[Step]:
        for kind in (WHOLE, SMALL, CLOSE):
            nodes = _nodes(draw, 5)
            low, near, *hills, top = sorted(_far(draw, nodes, kind).values())
            far = dict(zip(nodes, (near, *hills, top, low), strict=True))
            chain = {node: nodes[at + 1 : at + 2] for at, node in enumerate(nodes)}
            asked = [(nodes[:1], ef) for ef in (5, 3, 1)]
            yield from searched(Graph, far, [chain], *asked, serve=kind == CLOSE)

    @exam.claim("the bar is the beam's farthest node", "Whom would a newcomer replace?")
    def _(Graph: Any) -> Iterator[Step]:
        for kind in (WHOLE, SMALL, CLOSE):
            nodes = start, near, *middle, behind = _nodes(draw, 6)
            first, second, *rest, top = sorted(_far(draw, nodes, kind).values())
            far = {start: top, near: first, behind: second} | dict(zip(middle, rest, strict=True))
            lead = min(middle, key=lambda node: far[node])
            star = {node: [behind] if node == lead else [] for node in far} | {start: [near, *middle]}
            asked = [([start], ef) for ef in (2, 3, 4)]
            yield from searched(Graph, far, [star], *asked, serve=kind == CLOSE)
        # Entered at the nearest, a beam that fills up in the middle of a list has a new bar for the rest of it.
        far = _far(draw, nodes)
        start, *others = sorted(far, key=lambda node: far[node])
        falling = {start: others[::-1]} | {node: [] for node in others}
        yield from searched(Graph, far, [falling], *(([start], ef) for ef in (2, 3, 4)))

    @exam.claim("all entry points are met, in the beam, and walked from", "In any order.")
    def _(Graph: Any) -> Iterator[Step]:
        for entries, kind in ((2, WHOLE), (3, SMALL), (4, WHOLE)):
            nodes = _nodes(draw, 2 * entries)
            far = dict(zip(nodes, sorted(_far(draw, nodes, kind).values()), strict=True))
            leads = {node: [nodes[at + entries]] for at, node in enumerate(nodes[:entries])}
            leads |= {node: [] for node in nodes[entries:]}
            starts = draw.sample(nodes[:entries], entries)
            yield from searched(Graph, far, [leads], *((starts, ef) for ef in (9, entries, entries + 1)))
            first, *between, last = nodes[
                :entries
            ]  # behind the last, that soon leaves the beam, is the nearest
            order = [nodes[-1], first, nodes[entries], *between, last, *nodes[entries + 1 : -1]]
            far = dict(zip(order, sorted(far.values()), strict=True))
            yield from searched(Graph, far, [leads], ([last, *between, first], entries))
            some, links = draw.sample(nodes, entries), _linked(draw, nodes, 3)
            yield from searched(Graph, far, [links], (some, entries + 1), (some, entries))

    @exam.claim("equal distances come by smaller id", "What does sorted() do to pairs?", needs=finds)
    def _(Graph: Any) -> Iterator[Step]:
        for n in (3, 5, 8):
            nodes = _nodes(draw, n)
            far = {node: float(draw.randrange(1, 3) ** 2) for node in nodes}
            yield from searched(
                Graph, far, [{node: draw.sample(nodes, n) for node in nodes}], (nodes[:2], n + 1)
            )

    @exam.claim("a deleted node is a node like any other", "`search` leaves it out later.", needs=finds)
    def _(Graph: Any) -> Iterator[Step]:
        for n in (2, 3, 5, 8):
            nodes = _nodes(draw, n)
            chain = {node: nodes[at + 1 : at + 3] for at, node in enumerate(nodes)}
            asked = (nodes[:1], n), (nodes[:1], 1 + n // 2)
            yield from searched(Graph, _far(draw, nodes), [chain], *asked, dead=nodes[:n:2])

    @exam.claim("it walks the layer that it is given", "neighbours(node, layer).", needs=finds)
    def _(Graph: Any) -> Iterator[Step]:
        for n in (3, 5, 5):
            nodes = _nodes(draw, n)
            far = _far(draw, nodes)
            yield from searched(Graph, far, _ladder(nodes, far), (nodes[:1], 2), (nodes[:2], 9))

    @exam.claim(
        "what is met is measured once, one call a hop, and only the beam is expanded",
        "Remember every node that was measured.",
        weight=2,
        needs=finds,
    )
    def _(Graph: Any) -> Iterator[Step]:
        for n, entries, ef, kind in (
            (2, 1, 1, WHOLE),
            (3, 1, 4, WHOLE),
            (4, 2, 2, WHOLE),
            (5, 2, 3, SMALL),
            (9, 1, 4, CLOSE),
        ):
            nodes = _nodes(draw, n)
            asked = draw.sample(nodes, entries), ef
            yield from searched(Graph, _far(draw, nodes, kind), [_linked(draw, nodes, 4)], asked, paid=True)
        points, links = _web(draw, exam.size(60), near=6)
        for ef in (1, 8):
            query = points[draw.randrange(len(points))]
            far = {node: distance for distance, node in _entries(points, query, range(len(points)))}
            yield from searched(Graph, far, [links], ([max(far, key=lambda node: far[node])], ef), paid=True)

    @exam.claim("on level ground a full beam takes nobody in", "Strictly nearer than the bar.", needs=finds)
    def _(Graph: Any) -> Iterator[Step]:
        for n, ef in ((3, 1), (6, 2), (exam.size(60), 4)):
            ring = {node: [(node + step) % n for step in range(1, min(6, n))] for node in range(n)}
            graph = Graph.from_layers(np.ones((n, 2)), [ring], 0)
            case = f"{n} copies of one point, each linked to the next {len(ring[0])}, ef {ef}"
            row = np.zeros(2, dtype=np.float32), [(2.0, 0)], ef, 0
            for _, found in calls(graph.search_layer, row, as_=PAIRS):
                yield f"{case}: different nodes", len(set(found)) if type(found) is list else found
            hops = plain(graph.cost, dict[str, int]).get("hops", 0)
            yield f"{case}: hops", Cost(hops, most=ef + 1, of="hops")

    @exam.claim("a search leaves nothing behind for the next", "What belongs to one walk?", needs=finds)
    def _(Graph: Any) -> Iterator[Step]:
        points, links = _web(draw, 30)
        queries, ends = _points(draw, 4), draw.sample(range(30), 4)
        rows = [
            (query, _entries(points, query, [end]), 5, 0) for query, end in zip(queries, ends, strict=True)
        ]
        for graph in [Graph.from_layers(points, [links], 0) for _ in range(2)]:
            for number, (_, found) in enumerate(calls(graph.search_layer, *rows, rows[0], as_=PAIRS), 1):
                yield f"30 points in a plane, search {number} on one graph", found

    @exam.claim("ef under 1 is refused first; no entry point, no answer", "At the door.", needs=finds)
    def _(Graph: Any) -> Iterator[Step]:
        nodes, query = _nodes(draw, 3), np.zeros(2, dtype=np.float32)
        graph = Graph.from_layers(np.ones((6, 2)), [{node: nodes for node in nodes}], nodes[0])
        for told, where in (("three nodes", graph), ("an empty graph", Graph(2))):
            rows: list[Any] = [
                (query, [], ef, 0) for ef in (0, -draw.randrange(1, 9), 1, draw.randrange(2, 9))
            ]
            rows += [(query, [(2.0, nodes[0])], ef, 0) for ef in (0, -1)]
            for row, (_, found) in zip(rows, calls(where.search_layer, *rows, as_=PAIRS), strict=False):
                yield f"ef {row[2]}, {len(row[1])} entry points, {told}", found

    @exam.claim("the work of a hop does not grow with the walk", "Heaps, and a set.", needs=finds)
    def _(Graph: Any) -> Iterator[Step]:
        def alone(n: int) -> tuple[Any, Sequence[Any]]:
            far = _far(draw, range(n))
            ring = {node: [(node + 1) % n, (node + 3) % n] for node in far}
            graph = Graph.from_layers([[far[node] ** 0.5] for node in far], [ring], 0)
            row = np.zeros(1, dtype=np.float32), [(far[node], node) for node in far], n, 0
            return graph.search_layer, [row] * 2

        yield from growth(
            "search_layer with n entry points linked to each other, ef n", alone, at=16, most=1.25
        )


# ── select_neighbours ───────────────────────────────────────────────────────────────────────────────────

Choice = tuple[list[Pair], dict[int, dict[int, float]], int]
"""Candidates, nearest first; how far they are from each other; and m."""


@examine(HNSW)
def check_select(exam: Examination) -> None:
    draw = exam.draw

    def choice(n: int, m: int, kind: int = WHOLE, *, ties: bool = False, apart: float = 0.0) -> Choice:
        """``n`` candidates at distances of their own, or with ``ties`` at equal ones."""
        nodes = _nodes(draw, n)
        places = [(at, other) for at in range(n) for other in range(at)]
        every = _far(draw, range(n + len(places)), kind)
        if ties:
            every = {at: float(draw.randrange(1, 4)) for at in every}
        between: dict[int, dict[int, float]] = {node: {node: 0.0} for node in nodes}
        for number, (one, other) in enumerate(places, start=n):
            far = every[number] + apart
            between[nodes[one]][nodes[other]] = between[nodes[other]][nodes[one]] = far
        return sorted((every[at], node) for at, node in enumerate(nodes)), between, m

    def told(pairs: Sequence[Pair], between: Mapping[int, Far], m: int) -> str:
        if len(pairs) > 6:
            return f"m {m}, {len(pairs)} candidates"
        far = ", ".join(f"{node} ({distance:.15g})" for distance, node in pairs)
        rows = [(one, two, far) for one, row in between.items() for two, far in row.items() if one < two]
        apart = ", ".join(f"{one}–{two} {far:.15g}" for one, two, far in rows)
        return f"m {m}, candidate (distance): {far or 'none'}" + (f"; between them: {apart}" if apart else "")

    def selected(Index: Any, *choices: Choice, dead: Sequence[int] = ()) -> Iterator[Step]:
        """What is kept of each choice, all of them served by one table."""
        table: dict[int, dict[int, float]] = {}
        rows: list[Any] = []
        cases: list[str] = []
        for number, (pairs, between, m) in enumerate(choices):
            name = {node: 20 * number + node for node in between}
            table |= {name[one]: {name[two]: far for two, far in row.items()} for one, row in between.items()}
            rows.append(([(distance, name[node]) for distance, node in pairs], m))
            cases.append(told(rows[-1][0], {one: table[one] for one in name.values()}, m))
        index = Served(table, most=400).graph(Index, [{node: [] for node in table}])
        if dead:
            index.delete(dead)
        note = f"; {', '.join(map(str, dead))} deleted" if dead else ""
        for case, (_, kept) in zip(cases, calls(index.select_neighbours, *rows, as_=list[int]), strict=False):
            yield case + note, kept

    @exam.claim("who is nearer to a kept one than to the base is passed over", "Nearest first.", weight=2)
    def rule(Index: Any) -> Iterator[Step]:
        yield from selected(
            Index, *(choice(n, draw.choice((n, n + 1, 10**6))) for n in (1, 2, 2, 3, 3, 3, 4, 4, 5))
        )
        yield from selected(Index, *(choice(n, 9, kind) for n in (2, 3, 4) for kind in (SMALL, CLOSE)))

    @exam.claim("at most m are kept", "Stop at m.", weight=2)
    def _(Index: Any) -> Iterator[Step]:
        yield from selected(Index, *(choice(n, m, apart=9999.0) for n in (3, 4, 5) for m in range(1, n + 1)))
        yield from selected(Index, *(choice(n, 2) for n in (4, 5, 6)))
        yield from selected(Index, choice(34, 10**6, apart=1e9))
        pairs, between, _ = choice(
            120, 2
        )  # the nearest is nearer to all others than the base is, but for the last
        for distance, node in pairs[1:]:
            far = distance * (1.5 if (distance, node) == pairs[-1] else 0.5)
            between[pairs[0][1]][node] = between[node][pairs[0][1]] = far
        yield from selected(Index, (pairs, between, 2))

    @exam.claim("every kept neighbour counts, and nobody who was passed over", "Who is on the list?")
    def _(Index: Any) -> Iterator[Step]:
        choices = []
        for near in (
            {(0, 1), (1, 2)},
            {(0, 3)},
            {(1, 3)},
            {(2, 3)},
            {(0, 2), (2, 3)},
            {(0, 1), (1, 3), (0, 2)},
        ):
            pairs, between, _ = choice(4, 9)
            nodes = [node for _, node in pairs]
            for one, two in itertools.combinations(range(4), 2):
                far = pairs[two][0] * (0.5 if (one, two) in near else 1.5)
                between[nodes[one]][nodes[two]] = between[nodes[two]][nodes[one]] = far
            choices.append((pairs, between, 9))
        yield from selected(Index, *choices)

    @exam.claim("on real distances it keeps what the rule keeps", "Compare with those kept.", weight=2)
    def real(Index: Any) -> Iterator[Step]:
        points, rows = _points(draw, exam.size(100), 4), []
        for base in draw.sample(range(100), 5):
            far, ids = ExactIndex(points).top_k(points[base], len(points))
            pairs, m = [*zip(far[0].tolist(), ids[0].tolist(), strict=True)][1:], draw.choice((6, 8, 40))
            rows += [(pairs[:size], m) for size in (5, 30, len(pairs), 5)]
        index = Index.from_layers(points, [{node: [] for node in range(len(points))}], 0)
        for row, (_, kept) in zip(rows, calls(index.select_neighbours, *rows, as_=list[int]), strict=False):
            yield f"m {row[1]}, {len(row[0])} candidates in 4 dimensions", kept
        yield (
            f"distances of {len(rows)} such selections",
            Cost(int(plain(index.cost, dict)["distances"]), times=1.0, of="distances"),
        )
        yield "are any counted", plain(index.cost, dict)["distances"] > 0

    @exam.claim(
        "where distances are equal no rule is broken", "Either way, but strictly nearer is out.", needs=rule
    )
    def _(Index: Any) -> Iterator[Step]:
        choices = [choice(n, n, ties=True) for n in (2, 3, 4, 5, 5, 6)]
        for (pairs, between, _), number, (case, kept) in zip(
            choices, range(9), selected(Index, *choices), strict=False
        ):
            own = [node - 20 * number for node in kept] if type(kept) is list else kept
            yield f"{case}: what breaks the rule", _breaks(pairs, between, own)

    @exam.claim("a deleted node is a candidate like any other", "`search` leaves it out later.", needs=rule)
    def _(Index: Any) -> Iterator[Step]:
        for n in (2, 3, 5):
            one = choice(n, n)
            yield from selected(Index, one, dead=[node for _, node in one[0][:2]])

    @exam.claim("no candidates, no neighbours; m under 1 is refused first", "At the door.", needs=rule)
    def _(Index: Any) -> Iterator[Step]:
        full, under = choice(2, 1), (0, -draw.randrange(1, 9))
        yield from selected(Index, *(([], {}, m) for m in (1, draw.randrange(2, 9), *under)))
        yield from selected(Index, full, *((*choice(2, 1)[:2], m) for m in under))

    @exam.claim(
        "a kept neighbour is measured once, against those still in the running",
        "Nobody who is ruled out is measured again.",
        weight=2,
        needs=real,
    )
    def _(Index: Any) -> Iterator[Step]:
        for n, m in ((1, 5), (2, 5), (3, 1), (4, 9), (8, 3), (exam.size(24), 99)):
            pairs, between, _ = choice(n, m)
            served = Served(between, most=2 * n)
            index, case = served.graph(Index, [{node: [] for node in between}]), told(pairs, between, m)
            for _, kept in calls(index.select_neighbours, (pairs, m), as_=list[int]):
                yield case, kept
            yield f"{case}: ids measured", Cost(sum(map(len, served.asked)), times=1.0, of="distances")
            yield f"{case}: calls of distances", Cost(len(served.asked), times=1.0, of="calls")
            yield f"{case}: empty lists measured", sum(not ids for ids in served.asked)

    @exam.claim(
        "its work grows with the candidates, not their square", "One filter for each kept.", needs=real
    )
    def _(Index: Any) -> Iterator[Step]:
        def line(n: int) -> tuple[Any, Sequence[Any]]:
            rows = [[0.0], *([1.0 + node / n] for node in range(n))]
            index = Index.from_layers(rows, [{node: [] for node in range(n + 1)}], 0)
            return index.select_neighbours, [
                ([(row[0] ** 2, 1 + at) for at, row in enumerate(rows[1:])], 8)
            ] * 3

        yield from growth("select_neighbours among candidates on one side", line, at=50, most=1.3)

    own = "your greedy and search_layer find what the reference finds"

    @exam.claim(own, "Finish exercises 1 and 2 first.", weight=0, needs=real)
    def _(Index: Any) -> Iterator[Step]:
        points, links = _web(draw, 60)
        upper = {node: [other for other in links[node] if other % 4 == 0] for node in range(0, 60, 4)}
        rows = [(query, 5, 10) for query in _points(draw, 8)]
        found = calls(Index.from_layers(points, [links, upper], 0).search, *rows, as_=PAIRS)
        for number, (_, pairs) in enumerate(found, start=1):
            yield f"search {number} on a graph of 60 points that the check linked", pairs

    @exam.claim("an index that is built with it misses no more than the reference's", "Bridges.", needs=own)
    def _(Index: Any) -> Iterator[Step]:
        n, seed = exam.size(80), draw.randrange(2**31)
        worlds = (
            ("on 12 islands", islands(n + 20, 16, groups=12, seed=seed)),
            ("in 4 clusters", clusters(n + 20, 16, groups=4, seed=seed)),
            ("without structure", noise(n + 20, 16, seed=seed)),
        )
        for name, rows in worlds:
            index = Index(16, 4, ef_construction=24, seed=1)
            index.add(rows[20:])
            found = np.asarray(plain(index.search_batch(rows[:20], 5, 16), "ndarray"), dtype=np.int64)
            missed = 1.0 - ExactIndex(rows[20:]).recall(rows[:20], found.reshape(20, -1), 5)
            case = f"{n} points {name}, M 4: share missed of 5 neighbours, plus 0.1"
            yield case, Cost(round(missed + 0.1, 3), times=2.0, of="missed")


def _breaks(pairs: Sequence[Pair], between: Mapping[int, Far], kept: Any) -> Any:
    """How a selection breaks the rule, with ties either way: "nothing" where it does not. What is no list stays."""
    if type(kept) is not list:
        return kept
    nearest = [node for _, node in pairs]
    if [node for node in nearest if node in kept] != kept:
        return "the ids are not nearest first, or not of candidates"
    for at, (distance, node) in enumerate(pairs):
        before = [between[other][node] for other in nearest[:at] if other in kept]
        if node in kept and min(before, default=distance) < distance:
            return f"{node} is kept"
        if node not in kept and min(before, default=np.inf) > distance:
            return f"{node} is passed over"
    return "nothing"


__all__ = ["check_greedy", "check_search", "check_select"]
