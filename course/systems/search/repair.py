"""Taking buried nodes out of a graph for good, and handing their links on, in one pass."""

from __future__ import annotations

from collections.abc import Callable

from course.systems.search.layered_graph import LayeredGraph

Select = Callable[[list[tuple[float, int]], int], list[int]]


def repair(graph: LayeredGraph, select: Select) -> int:
    """Unlink every tombstone; each live node that pointed at one gets a replacement for each link that it lost.

    The replacements come from the other side of the hole: the live nodes that the buried neighbours link to (through
    further buried ones where needed), at most ``capacity(layer)`` of them, chosen by ``select(candidates, m)``. A
    replacement links back where it has room; links that survive stay as they are. The buried vectors are erased, and
    the entry point moves to a live node.

    Returns: how many link lists lost a link.

    Cost: one pass over all links, whatever the number of tombstones, so deletes are worth saving up; distances are
    counted. Source: the delete consolidation of FreshDiskANN (Singh et al. 2021, arXiv 2105.09613, algorithm 4), with
    replacement instead of pruning the whole list anew.
    """
    wounded = 0
    for number, layer in enumerate(graph.layers):
        kept: dict[int, list[int]] = {}
        adopted: dict[int, list[int]] = {}
        for node, links in layer.items():
            survivors = [other for other in links if other not in graph.dead]
            if node in graph.dead or len(survivors) == len(links):
                continue
            kept[node] = survivors
            beyond = _live_beyond(graph, node, number)
            if beyond:
                measured = graph.distances(graph.vectors[node], beyond).tolist()
                candidates = sorted(zip(measured, beyond, strict=True))
                adopted[node] = select(candidates, len(links) - len(survivors))
        layer.update(kept)
        for node in graph.dead:
            layer.pop(node, None)
        for node, others in adopted.items():
            for one, other in [(node, other) for other in others] + [(other, node) for other in others]:
                if other not in layer[one] and len(layer[one]) < graph.capacity(number):
                    layer[one].append(other)
        wounded += len(kept)
    _forget(graph)
    return wounded


def _forget(graph: LayeredGraph) -> None:
    """Erase the buried vectors, drop layers that emptied, and enter where somebody lives."""
    graph.vectors[sorted(graph.dead)] = 0.0
    graph.dead = set()
    while graph.layers and not graph.layers[-1]:
        graph.layers.pop()
    if not graph.layers:
        graph.entry_point = None
    elif graph.entry_point not in graph.layers[-1]:
        graph.entry_point = min(graph.layers[-1])


def _live_beyond(graph: LayeredGraph, node: int, number: int) -> list[int]:
    """Live nodes reached from ``node`` through tombstones only, nearest ring first, not linked already."""
    layer = graph.layers[number]
    seen = {node, *layer[node]}
    ring = [other for other in layer[node] if other in graph.dead]
    found: list[int] = []
    while ring and len(found) < graph.capacity(number):
        next_ring: list[int] = []
        for buried in ring:
            for other in layer[buried]:
                if other not in seen:
                    seen.add(other)
                    (next_ring if other in graph.dead else found).append(other)
        ring = next_ring
    return found[: graph.capacity(number)]
