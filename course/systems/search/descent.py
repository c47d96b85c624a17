"""Getting near: greedy steps on each layer of the graph, from the top down."""

from __future__ import annotations

from course.systems.search.layered_graph import LayeredGraph, Vector


class Descent(LayeredGraph):
    """A layered graph that finds, by greedy steps alone, where to enter one of its layers.

    The index is one class in four steps (``LayeredGraph``, ``Descent``, ``GraphIndex``, ``HNSW``) for one reason: an
    exercise cuts a class, and the three exercises build on each other. In a product it would be one class.
    """

    def greedy(self, query: Vector, start: tuple[float, int], layer: int) -> tuple[float, int]:
        """Where a greedy walk over one layer ends.

        The walk stands on one node. It moves to that node's nearest neighbour as long as that one
        is strictly nearer to ``query`` than where it stands, and ends otherwise. The end is a
        local minimum: the nearest vector of all may lie elsewhere.

        ``self.neighbours(node, layer)`` reads a node's list of links, which may be empty;
        ``self.distances(query, ids)`` measures a list of ids and returns an array in their order;
        compare what it returns as it is, unrounded. Both are counted; a list of links belongs to the graph, so leave it as it is. Links may
        form cycles. Of several nearest neighbours at exactly one distance any may be taken. A
        deleted node is a node like any other here.

        Args:
            query: shape (dim,).
            start: pair (distance to the query, id), already measured: do not pay for it again.
            layer: the layer to walk, counted from 0 at the bottom.

        Returns:
            Pair (distance, id) of the node where the walk ends; the distance is as it was measured,
            a float or a number of NumPy.

        Cost: one ``neighbours`` call for each node stood on, and at most one ``distances`` call,
        none for an empty list. No memory is needed: a node may be measured again from another side.

        Source: Malkov & Yashunin 2018, algorithm 2 with ef = 1; greedy routing, Kleinberg 2000.
        """
        distance, node = start
        while links := self.neighbours(node, layer):
            measured = self.distances(query, links)
            nearest = int(measured.argmin())
            if measured[nearest] >= distance:
                break
            distance, node = float(measured[nearest]), links[nearest]
        return distance, node

    def descend(self, query: Vector, layer: int) -> list[tuple[float, int]]:
        """From the entry point, greedily through every layer above ``layer``: where to enter that.

        One pair (distance, id), or none where the graph is empty.
        """
        if self.entry_point is None:
            return []
        nearest = float(self.distances(query, [self.entry_point])[0]), self.entry_point
        for number in range(self.level_of(self.entry_point), layer, -1):
            self.cost["layers"] += 1
            nearest = self.greedy(query, nearest, number)
        return [nearest]
