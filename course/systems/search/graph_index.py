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
        """The ``ef`` nodes nearest to ``query`` that a best-first walk over one layer finds.

        Two heaps hold the walk. The *candidates* are nodes measured but not yet expanded,
        nearest first. The *beam* is the ``ef`` nearest nodes measured so far; the farthest of
        them is the bar. Both start as the entry points. Then, again and again: take the
        nearest candidate. If it is farther than the bar, stop: what hangs behind it is not
        expected to be nearer. Otherwise expand it: read its links, leave out every node met
        before, and measure the others in one call. If the beam has room, or a node is strictly
        nearer than the bar, let it into both, the candidates and the beam; if not, into
        neither. A beam that grew past ``ef`` drops its farthest; the bar moves with each node
        let in.

        ``self.neighbours(node, layer)`` reads a list of links (a hop); ``self.distances(query,
        ids)`` measures a list of ids, in order, and returns an array. Both are counted. The
        graph may have cycles, one-way links, nodes that cannot be reached, and nodes at equal
        distance. A tombstone is a node like any other here: ``search`` leaves it out later.

        Args:
            query: shape (dim,).
            entry_points: at most ``ef`` pairs (distance to the query, id), already measured:
                do not pay for them again. With none, the answer is empty.
            ef: width of the beam, in nodes.
            layer: the layer to walk.

        Returns:
            Pairs (distance, id), nearest first, equal distances by smaller id; at most ``ef``,
            fewer if the walk meets fewer. Which of several nodes at exactly the bar's distance
            stay is not specified.

        Raises:
            BeamTooNarrow: ``ef`` is under 1; raise it as ``BeamTooNarrow("ef", ef)``.

        Cost: a node is measured at most once and expanded at most once; at most one
        ``distances`` call a hop, none for an empty list. O(hops · degree · log ef) time; memory
        grows with the nodes measured.

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
