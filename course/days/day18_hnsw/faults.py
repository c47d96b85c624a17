"""Day 18's faults: which promise of the learner's index breaks under which, and by how much."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from course.checking.port import subjects
from course.checking.subject import Subject, each, plain
from course.days.day18_hnsw.measure import DIM, QUERIES, Rows, rows
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.page import Page
from course.systems.search.exact import ExactIndex

VECTORS, M, EF_CONSTRUCTION, EF, K, COPIES = 400, 8, 40, 20, 10, 150


@dataclass(frozen=True)
class Broken:
    """An index after a fault: what is stored by id, and which ids live."""

    index: Subject
    stored: Rows
    live: Sequence[int]


def built(Index: Any, stored: Rows, one_by_one: bool = False) -> Broken:
    """The learner's index of these rows, in one batch or in the order in which they come."""
    index = Index(DIM, M, ef_construction=EF_CONSTRUCTION)
    if one_by_one:
        each(index.insert, list(stored))
    else:
        index.add(stored)
    return Broken(index, stored, range(len(stored)))


def buried(Index: Any, gone: Sequence[int]) -> Broken:
    """Some ids deleted, nothing repaired."""
    whole = built(Index, rows()[:VECTORS])
    whole.index.delete(list(gone))
    return Broken(whole.index, whole.stored, sorted(set(whole.live) - set(gone)))


def at_random() -> list[int]:
    """30% of the ids."""
    return list(np.random.default_rng(0).permutation(VECTORS)[: VECTORS * 3 // 10].tolist())


def one_topic() -> list[int]:
    """The 30% nearest to one document."""
    return list(ExactIndex(rows()[:VECTORS]).top_k(rows()[7], VECTORS * 3 // 10)[1][0].tolist())


def repaired(Index: Any) -> Broken:
    """30% buried, then repaired."""
    broken = buried(Index, at_random())
    broken.index.repair()
    return broken


def cut_out(Index: Any) -> Broken:
    """30% taken out of every list, and nothing put in their place."""
    whole, gone = built(Index, rows()[:VECTORS]), set(at_random())
    layers = [
        {
            node: [other for other in links if other not in gone]
            for node, links in layer.items()
            if node not in gone
        }
        for layer in plain(whole.index.layers, list)
    ]
    layers = [layer for layer in layers if layer]
    entry = plain(whole.index.entry_point, int)
    index = Index.from_layers(whole.stored, layers, min(layers[-1]) if entry in gone else entry, M=M)
    return Broken(index, whole.stored, sorted(set(whole.live) - gone))


def nearest_only(Index: Any) -> Broken:
    """The learner's class, keeping the nearest candidates whatever their direction."""

    class NearestOnly(Index):  # type: ignore[misc]
        def select_neighbours(self, candidates: list[tuple[float, int]], m: int) -> list[int]:
            return [node for _, node in candidates[:m]]

    return built(subjects(NearestOnly)[0], rows()[:VECTORS])


def flooded(Index: Any) -> Broken:
    """Copies of one document sent before all others."""
    return built(
        Index, np.vstack([np.repeat(rows()[1:2], COPIES, axis=0), rows()[:VECTORS]]), one_by_one=True
    )


def by_topic(Index: Any) -> Broken:
    """Documents that arrive sorted by topic, one by one."""
    order = (rows()[:VECTORS] @ rows()[0]).argsort()
    return built(Index, rows()[:VECTORS][order], one_by_one=True)


FAULTS: Mapping[str, Callable[[Any], Broken]] = {
    "30% are deleted": lambda Index: buried(Index, at_random()),
    "a whole topic is deleted": lambda Index: buried(Index, one_topic()),
    "30% are deleted and repaired": repaired,
    "30% are cut out of the lists": cut_out,
    "150 copies of one document come first": flooded,
    "documents arrive sorted by topic": by_topic,
    "only the nearest links are kept": nearest_only,
}
PROMISES = (
    Promise("recall", "of the ten nearest, recall@10", 0.95, at_least=True, digits=3),
    Promise("everybody is found", "share of vectors that find themselves", 0.99, at_least=True, digits=3),
    Promise("cost", "distances a query", 1.5, relative=True, digits=0),
    Promise("memory", "bytes for each live vector", 1.25, relative=True, digits=0),
)


def measured(broken: Broken) -> dict[str, float]:
    """The promises in numbers: recall@10 and distances of 100 queries, the share of live vectors that a search for
    themselves finds, bytes for each live vector."""
    queries, index = rows()[QUERIES], broken.index
    index.reset_cost()
    found = np.asarray(plain(index.search_batch(queries, K, EF), "ndarray"), dtype=np.int64).reshape(-1, K)
    paid = int(plain(index.reset_cost(), dict)["distances"]) / len(queries)
    own = each(
        index.search, [(broken.stored[node], 1, EF) for node in broken.live], as_=list[tuple[float, int]]
    )
    return {
        "recall": ExactIndex(broken.stored, broken.live).recall(queries, found, K),
        "everybody is found": float(np.mean([bool(pairs) and pairs[0][0] < 1e-6 for pairs in own])),
        "cost": paid,
        "memory": int(plain(index.memory_bytes(), int)) / len(broken.live),
    }


def under(fault: str, expected: Prediction, Index: Any) -> Page:
    """What the fault does to the learner's own index: see :func:`~course.notebook.breaking.under_fault`."""
    (Index,) = played("day18", Index)

    def run(fault: str) -> Run:
        own = Index if fault == "only the nearest links are kept" else subjects(Index)[0]
        before = measured(built(subjects(Index)[0], rows()[:VECTORS]))
        return Run(PROMISES, before, measured(FAULTS[fault](own)))

    return under_fault(fault, expected, FAULTS, run, Index)
