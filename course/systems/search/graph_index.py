"""Nearest-neighbour search on a layered graph: greedy from the top, best-first with a beam at the bottom."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.systems.search.descent import Descent
from course.systems.search.errors import BeamTooNarrow
from course.systems.search.layered_graph import Vector


class GraphIndex(Descent):
    """A layered graph that answers: which stored vectors are nearest to this one?"""

    def search_layer(
        self, query: Vector, entry_points: list[tuple[float, int]], ef: int, layer: int
    ) -> list[tuple[float, int]]:
        """The ``ef`` nodes nearest to ``query`` that a best-first walk over one layer meets.

        The walk has met a node once it is measured; the entry points are met already. The *beam*
        holds the ``ef`` nearest nodes met so far, or all of them while there are fewer. A full
        beam takes in a node only if it is strictly nearer than the *bar*, the farthest node of
        the beam, and drops the farthest for it. To *expand* a node is to read its links and to
        measure those not met before. The walk always expands the nearest node of the beam that
        is not expanded yet, and ends when all of the beam is. Only the beam is expanded.

        ``self.neighbours(node, layer)`` reads a node's list of links, which may be empty;
        ``self.distances(query, ids)`` measures a list of ids and returns an array in their order.
        Both are counted; a list of links belongs to the graph, so leave it as it is. The graph
        may have cycles, one-way links, nodes that cannot be reached, and nodes at equal distance.
        A deleted node is a node like any other here: ``search`` leaves it out afterwards.

        Args:
            query: shape (dim,).
            entry_points: at most ``ef`` pairs (distance to the query, id) of different nodes in any
                order, already measured: do not pay for them again. They stay unchanged. With
                none, the answer is empty.
            ef: width of the beam, in nodes.
            layer: the layer to walk, counted from 0 at the bottom.

        Returns:
            The beam at the end: pairs (distance, id), nearest first, equal distances by smaller
            id. Which of several nodes at exactly the bar's distance stay is not specified, nor
            whether one of them that was dropped is expanded all the same.

        Raises:
            BeamTooNarrow: ``ef`` is under 1, also where there is no entry point; raise it as
                ``BeamTooNarrow("ef", ef)``.

        Cost: a node is measured at most once and expanded at most once; at most one ``distances``
        call for each node expanded, none for an empty list. O(hops · degree · log ef) time, a
        hop being one list of links read; memory grows with the nodes met.

        Source: Malkov & Yashunin 2018, algorithm 2.
        """
        if ef < 1:
            raise BeamTooNarrow("ef", ef)
        seen = {node for _, node in entry_points}
        candidates = sorted(entry_points)
        beam = [(-distance, node) for distance, node in entry_points]
        heapq.heapify(beam)
        while candidates:
            distance, node = heapq.heappop(candidates)
            if distance > -beam[0][0]:
                break
            fresh = [other for other in self.neighbours(node, layer) if other not in seen]
            if not fresh:
                continue
            seen.update(fresh)
            for distance, other in zip(self.distances(query, fresh).tolist(), fresh, strict=True):
                if len(beam) < ef or distance < -beam[0][0]:
                    heapq.heappush(candidates, (distance, other))
                    heapq.heappush(beam, (-distance, other))
                    if len(beam) > ef:
                        heapq.heappop(beam)
        return sorted((-negative, node) for negative, node in beam)

    def search(self, query: ArrayLike, k: int = 10, ef: int = 50) -> list[tuple[float, int]]:
        """The ``k`` nearest live vectors that a beam of ``ef`` finds, nearest first.

        Pairs (squared distance, id). The beam is never narrower than ``k``. Tombstones take
        room in it; when they leave fewer than ``k`` answers, the search runs again with a beam
        twice as wide, and pays for it.

        Raises:
            BeamTooNarrow: ``k`` or ``ef`` under 1.
            DimensionMismatch, NotFinite: the query is not a vector of this index.
        """
        if min(k, ef) < 1:
            raise BeamTooNarrow(*min(("k", k), ("ef", ef), key=lambda pair: pair[1]))
        vector = self.checked(query)
        width = max(ef, k)
        while True:
            self.cost["layers"] += 1
            beam = self.search_layer(vector, self.descend(vector, 0), width, 0)
            live = [(distance, node) for distance, node in beam if node not in self.dead]
            if len(live) >= k or len(beam) < width:
                return live[:k]
            width *= 2

    def search_batch(self, queries: ArrayLike, k: int = 10, ef: int = 50) -> NDArray[np.int64]:
        """``search`` for each row of ``queries``: ids of shape (rows, k), -1 where it found fewer."""
        answers = [
            [node for _, node in self.search(query, k, ef)] for query in np.asarray(queries, dtype=np.float32)
        ]
        return np.array([row + [-1] * (k - len(row)) for row in answers], dtype=np.int64).reshape(-1, k)
