"""Getting near: greedy steps on each layer of the graph, from the top down."""

from __future__ import annotations

from course.systems.search.layered_graph import LayeredGraph, Vector


class Descent(LayeredGraph):
    """A layered graph that finds, by greedy steps alone, where to enter one of its layers."""

    def greedy(self, query: Vector, start: tuple[float, int], layer: int) -> tuple[float, int]:
        """Walk one layer towards ``query`` until no neighbour is nearer; return where that is.

        Look at all neighbours of the node where you stand. If the nearest of them is strictly
        nearer to ``query`` than you are, step there and look again. If not, you have arrived.
        What you found is a local minimum: the nearest vector of all may lie elsewhere.

        ``self.neighbours(node, layer)`` reads a list of links, perhaps an empty one (a hop);
        ``self.distances(query, ids)`` measures a list of ids, in order, and returns an array.
        Both are counted. Links may form cycles. Which of several nearest neighbours at exactly
        the same distance is taken is not specified.

        Args:
            query: shape (dim,).
            start: pair (distance to the query, id), already measured: do not pay for it again.
            layer: the layer to walk.

        Returns:
            Pair (distance, id) of the node where the walk ends.

        Cost: one ``neighbours`` call for each node stood on, and at most one ``distances``
        call, none for an empty list. No memory: a node may be measured again from another side.

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
