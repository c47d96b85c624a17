"""Day 12's passages, dealt to shards: by a hash of the id, or in the order of their paths, so that neighbours stay together."""

import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from course.notebook.state import harvested
from course.systems.search.bm25 import bm25_scores
from course.systems.search.global_statistics import global_statistics
from course.systems.search.hits import Hit
from course.systems.search.reports import Statistics
from course.systems.search.shard import Shard
from datasets.passages import Passages, installed

HASH, PATH = "hash", "path"


def corpus() -> Passages:
    """The passages of this machine."""
    return installed(harvested())


def passages() -> int:
    """How many there are."""
    return corpus().shard(True, True).passages


@cache
def asked() -> tuple[tuple[str, ...], ...]:
    """Twelve queries of three words, and the same twelve with a word that stands nearly everywhere."""
    return corpus().queries(False) + corpus().queries(True)


@cache
def owners(shards: int, by: str) -> Any:
    """The number of the shard that holds each passage."""
    ids = range(passages())
    if by == HASH:
        return np.array([zlib.crc32(str(doc).encode()) % shards for doc in ids])
    return np.arange(len(ids)) * shards // len(ids)


@cache
def dealt(shards: int, by: str) -> tuple[Shard, ...]:
    """The shards, with the postings of the words that are asked for."""
    whole, owner = corpus().shard(True, True), owners(shards, by)
    postings: list[dict[str, list[tuple[int, int]]]] = [{} for _ in range(shards)]
    for word, (ids, counts) in whole.of(asked()).items():
        for doc, tf in zip(ids.tolist(), counts.tolist(), strict=True):
            postings[owner[doc]].setdefault(word, []).append((doc, tf))
    lengths: list[dict[int, int]] = [{} for _ in range(shards)]
    for doc, length in enumerate(whole.lengths.tolist()):
        lengths[owner[doc]][doc] = length
    return tuple(Shard(f"s{number}", postings[number], lengths[number]) for number in range(shards))


@cache
def known(shards: int, by: str) -> Statistics:
    """The statistics of all."""
    return global_statistics(shard.report() for shard in dealt(shards, by))


@cache
def one_index() -> tuple[list[Hit], ...]:
    """For each query every passage with one of its words, best first, scored as one index does."""
    whole, found = corpus().shard(True, True), []
    for query in asked():
        scores = bm25_scores(whole.postings, query, whole.lengths)
        order = np.lexsort((np.arange(whole.passages), -scores))
        found.append([(int(doc), float(scores[doc])) for doc in order if scores[doc] > 0])
    return tuple(found)


def answered(shards: int, by: str, k: int, *, own: bool = False) -> list[dict[str, list[Hit]]]:
    """For each query what each shard sends that is asked for ``k``; with ``own``, each by its own statistics alone."""
    parts = dealt(shards, by)
    told: Mapping[str, Statistics] = {
        part.name: global_statistics([part.report()]) if own else known(shards, by) for part in parts
    }
    return [{part.name: part.top(query, k, told[part.name]) for part in parts} for query in asked()]


@cache
def rankings(shards: int, by: str, k: int) -> list[list[tuple[int, float, int]]]:
    """For each query the ``k`` best of all with the shard of each, and what each shard has next: no merge needs to see more."""
    owner, found = owners(shards, by), []
    for hits in one_index():
        ranked = [(doc, score, int(owner[doc])) for doc, score in hits]
        nexts: dict[int, tuple[int, float, int]] = {}
        for hit in ranked[k:]:
            nexts.setdefault(hit[2], hit)
            if len(nexts) == shards:
                break
        found.append([*ranked[:k], *sorted(nexts.values(), key=lambda hit: (-hit[1], hit[0]))])
    return found


def overlap(found: Sequence[Sequence[int]], k: int) -> float:
    """The share of the one index's ``k`` best that was ``found``, over all queries."""
    kept = [
        len({doc for doc, _ in hits[:k]}.intersection(ids)) / min(k, len(hits))
        for hits, ids in zip(one_index(), found, strict=True)
    ]
    return sum(kept) / len(kept)
