"""HNSW: a layered graph that builds itself, one insert at a time, and heals after deletes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course.systems.search.errors import DegreeTooSmall
from course.systems.search.graph_index import GraphIndex
from course.systems.search.repair import repair


class HNSW(GraphIndex):
    """A Hierarchical Navigable Small World index over squared Euclidean distance."""

    def select_neighbours(self, candidates: list[tuple[float, int]], m: int) -> list[int]:
        """At most ``m`` of ``candidates`` to link a base node to: near, and in different directions.

        A candidate is passed over if it is strictly nearer to a kept neighbour than to the base
        node: that neighbour leads there, and the slot is worth more elsewhere. All others are
        kept, from the nearest outwards, until there are ``m``. Only neighbours that are kept count
        against others, and nobody passed over is put back, even if fewer than ``m`` are kept. A
        deleted node is a candidate like any other. A candidate exactly as near to a kept
        neighbour as to the base may be kept or passed over: decide.

        ``self.vectors[id]`` is a stored vector; ``self.distances(vector, ids)`` measures it
        against a list of ids, returns an array in their order, and is counted.

        Args:
            candidates: pairs (distance to the base node, id), nearest first, equal distances by
                smaller id; the base node is not among them. May be empty. It stays unchanged:
                ``link`` searches on from the same list.
            m: the most links to keep.

        Returns:
            Ids, nearest first. Never empty where there are candidates.

        Raises:
            DegreeTooSmall: ``m`` is under 1, also where there are no candidates; raise it as
                ``DegreeTooSmall("m", m, 1)``.

        Cost: each kept neighbour is measured in at most one call, and only against candidates
        that come after it and that nobody has ruled out before. So at most m · len(candidates)
        distances in at most ``m`` calls, none for an empty list.

        Source: Malkov & Yashunin 2018, algorithm 4, without extendCandidates and
        keepPrunedConnections; the rule is the relative neighbourhood graph's (Toussaint 1980).
        """
        if m < 1:
            raise DegreeTooSmall("m", m, 1)
        kept: list[int] = []
        remaining = candidates
        while remaining:
            (_, nearest), *remaining = remaining
            kept.append(nearest)
            if len(kept) == m or not remaining:
                break
            detours = self.distances(self.vectors[nearest], [node for _, node in remaining]).tolist()
            remaining = [pair for pair, detour in zip(remaining, detours, strict=True) if detour > pair[0]]
        return kept

    def insert(self, vector: ArrayLike) -> int:
        """Store ``vector``, link it, and return its id."""
        node = self.place(self.checked(vector), self.draw_level())
        self.link(node)
        return node

    def add(self, vectors: ArrayLike) -> list[int]:
        """Insert each row; returns their ids, in the rows' order.

        A batch is linked from the highest level down and, within a level, in a seeded random
        order, as in faiss: the order of a file, say by topic, then plays no part.
        """
        nodes = [
            self.place(row, self.draw_level()) for row in [self.checked(row) for row in np.asarray(vectors)]
        ]
        shuffled = [nodes[position] for position in self._random.permutation(len(nodes))]
        for node in sorted(shuffled, key=self.level_of, reverse=True):
            self.link(node)
        return nodes

    def link(self, node: int) -> None:
        """Give a stored node its neighbours on each of its layers.

        On each layer a beam of ``ef_construction`` finds candidates and ``select_neighbours``
        picks; every pick links back, and a node whose list runs over its capacity selects anew
        among all of it.

        Source: Malkov & Yashunin 2018, algorithm 1; as in faiss a new node may fill its whole
        capacity.
        """
        if self.entry_point is None:
            self.entry_point = node
            return
        vector, level, top = self.vectors[node], self.level_of(node), self.level_of(self.entry_point)
        found = self.descend(vector, level)
        for layer in range(min(level, top), -1, -1):
            self.cost["layers"] += 1
            found = self.search_layer(vector, found, self.ef_construction, layer)
            links, capacity = self.layers[layer], self.capacity(layer)
            links[node] = list(self.select_neighbours(found, capacity))
            for other in links[node]:
                links[other].append(node)
                if len(links[other]) > capacity:
                    measured = self.distances(self.vectors[other], links[other]).tolist()
                    crowd = sorted(zip(measured, links[other], strict=True))
                    links[other] = list(self.select_neighbours(crowd, capacity))
        if level > top:
            self.entry_point = node

    def repair(self) -> int:
        """Unlink what ``delete`` buried and rewire around it; returns how many link lists changed."""
        return repair(self, self.select_neighbours)
