"""Storage of a layered proximity graph: vectors, links, levels, tombstones, and counters of what a search costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.systems.search.errors import (
    BeamTooNarrow,
    DegreeTooSmall,
    DimensionMismatch,
    NotFinite,
    UnknownId,
)

Vector = NDArray[np.floating[Any]]
Oracle = Callable[[Vector, list[int]], ArrayLike]

LINK_BYTES = 4  # chosen: one 32-bit node id, as faiss and hnswlib store it


class LayeredGraph:
    """A graph in layers: every vector is on layer 0, about one in ``M`` of each layer's also on the layer above.

    ``layers[l][node]`` is the list of ids that ``node`` links to on layer ``l``; links are directed. Distances are squared
    Euclidean (for cosine, normalise first: the order is the same). Ids are 0, 1, 2, … in order of arrival and are
    never given out again. ``dead`` holds the tombstones: deleted, still linked, stepped over but never answered.

    Everything that a search pays goes through ``distances`` (vectors measured) and ``neighbours`` (link lists read), which
    count it in ``cost``: ``{"distances": …, "hops": …, "layers": …}``.

    Source: Malkov & Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical Navigable
    Small World graphs", IEEE TPAMI 2018 (arXiv 1603.09320), section 4.
    """

    def __init__(
        self,
        dim: int,
        M: int = 16,
        *,
        ef_construction: int = 100,
        seed: int = 0,
        distances: Oracle | None = None,
    ) -> None:
        """An empty graph.

        Args:
            dim: length of every vector.
            M: links that a node may keep on a layer above 0; twice as many on layer 0. At least 2.
            ef_construction: width of the beam that looks for a new node's neighbours.
            seed: of the level draws and the batch order; same seed and same inserts, same graph.
            distances: ``distances(query, ids) -> array of len(ids)``, asked instead of measuring the stored vectors.

        Raises:
            DegreeTooSmall: ``M`` under 2. BeamTooNarrow: ``ef_construction`` under 1.
        """
        if M < 2:
            raise DegreeTooSmall("M", M, 2)
        if ef_construction < 1:
            raise BeamTooNarrow("ef_construction", ef_construction)
        self.dim = dim
        self.M = M
        self.ef_construction = ef_construction
        self.vectors: NDArray[np.float32] = np.zeros((0, dim), dtype=np.float32)
        self.layers: list[dict[int, list[int]]] = []
        self.entry_point: int | None = None
        self.dead: set[int] = set()
        self.cost = {"distances": 0, "hops": 0, "layers": 0}
        self._oracle = distances
        self._random = np.random.default_rng(seed)
        self._next_id = 0

    @classmethod
    def from_layers(
        cls,
        vectors: ArrayLike,
        layers: Sequence[Mapping[int, Sequence[int]]],
        entry_point: int | None,
        *,
        M: int = 16,
        distances: Oracle | None = None,
    ) -> Self:
        """A graph drawn by hand, or taken from another index: ``layers[l][node]`` lists the links of ``node``.

        ``vectors`` has shape (n, dim); ``layers[0]`` names every node that exists.
        """
        stored = np.array(vectors, dtype=np.float32)
        graph = cls(stored.shape[1], M, distances=distances)
        graph.vectors, graph._next_id = stored, len(stored)
        graph.layers = [{node: list(links) for node, links in layer.items()} for layer in layers]
        graph.entry_point = entry_point
        return graph

    def __len__(self) -> int:
        """Vectors that a search can return: stored and not deleted."""
        return len(self.layers[0]) - len(self.dead) if self.layers else 0

    def capacity(self, layer: int) -> int:
        """Links that a node may keep on ``layer``: 2·M on the bottom, M above."""
        return 2 * self.M if layer == 0 else self.M

    def distances(self, query: Vector, ids: list[int]) -> Vector:
        """Squared Euclidean distances from ``query``, shape (dim,), to the stored ``ids``, in their order; counted."""
        self.cost["distances"] += len(ids)
        if self._oracle is not None:
            return np.asarray(self._oracle(query, ids), dtype=np.float64)
        difference = self.vectors[ids] - query
        return np.asarray(np.einsum("ij,ij->i", difference, difference))

    def neighbours(self, node: int, layer: int) -> list[int]:
        """The ids that ``node`` links to on ``layer``: the graph's own list. Reading it is one hop, counted."""
        self.cost["hops"] += 1
        return self.layers[layer][node]

    def reset_cost(self) -> dict[str, int]:
        """What was paid since the last reset, then zero."""
        paid, self.cost = self.cost, dict.fromkeys(self.cost, 0)
        return paid

    def checked(self, vector: ArrayLike) -> NDArray[np.float32]:
        """``vector`` as this index stores it.

        Raises:
            DimensionMismatch: its shape is not (dim,).
            NotFinite: it holds a NaN or an infinity.
        """
        clean = np.asarray(vector, dtype=np.float32)
        if clean.shape != (self.dim,):
            raise DimensionMismatch(clean.shape, self.dim)
        if not np.isfinite(clean).all():
            raise NotFinite(int(np.flatnonzero(~np.isfinite(clean))[0]))
        return clean

    def level_of(self, node: int) -> int:
        """The highest layer that ``node`` is on."""
        return sum(node in layer for layer in self.layers) - 1

    def draw_level(self) -> int:
        """The highest layer of the next node: P(level ≥ l) = M^-l (section 4.1: mL = 1/ln M)."""
        return int(-math.log(1.0 - self._random.random()) / math.log(self.M))

    def place(self, vector: NDArray[np.float32], level: int) -> int:
        """Store a checked vector on layers 0 to ``level``, with no links yet; returns its id."""
        node = self._next_id
        if node == len(self.vectors):
            room = np.zeros((max(64, node), self.dim), dtype=np.float32)
            self.vectors = np.concatenate([self.vectors, room])
        self.vectors[node] = vector
        self._next_id += 1
        while len(self.layers) <= level:
            self.layers.append({})
        for layer in self.layers[: level + 1]:
            layer[node] = []
        return node

    def delete(self, ids: Iterable[int]) -> None:
        """Bury ``ids``: no search returns them from now on, every search still walks through them until ``repair``.

        Raises:
            UnknownId: one of them is not a live id, or stands there twice; nothing is deleted then.
        """
        buried: set[int] = set()
        for node in map(int, ids):
            if not self.layers or node not in self.layers[0] or node in self.dead or node in buried:
                raise UnknownId(node, len(self))
            buried.add(node)
        self.dead |= buried

    def memory_bytes(self) -> int:
        """Bytes of vectors and reserved link slots, buried ones included: what a packed index of this shape takes."""
        slots = sum(self.capacity(number) * len(layer) for number, layer in enumerate(self.layers))
        stored = len(self.layers[0]) if self.layers else 0
        return stored * self.dim * self.vectors.itemsize + slots * LINK_BYTES
