"""A search service at full scale, from measured and published parts: what a design does to latency, cost and harm.

Vector retrieval over equal shards; each shard's work grows as a small power of its documents (measured), the answer waits
for the slowest shard, and a result cache with a time to live stands in front. It is a model for the interview: it leaves
out the lexical arm, the network between regions and correlated slowness, and says so when asked.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from course import facts
from course.systems.simulate.capacity import index_bytes, usd_per_million
from course.systems.simulate.fleet import Sample, fan_out_quantile, lognormal_leaf
from course.systems.simulate.queues import mmc_wait_quantile

UTILISATION = 0.6
"""Share of its cores that a machine is planned to use."""
REPLICAS = 2
"""Copies of every shard, at least."""
DISTINCT = 50_000_000
"""Different queries that come back; their popularity follows Zipf's law with exponent 0.9."""
NETWORK_MS = 1.0  # chosen: one exchange inside a region
SPREAD = 5.0
"""A shard's 99th percentile over its median."""


@dataclass(frozen=True)
class Load:
    """What the service is under: documents, queries a second, and the share of queries that mean harm."""

    documents: float
    queries: float
    hostile: float = 0.0


@dataclass(frozen=True)
class Design:
    """``shards`` equal parts of the index; ``ttl`` seconds that a cached answer lives; ``rerank`` documents of each
    answer that a cross-encoder scores; ``classify`` every query and answer by a trained classifier."""

    shards: int
    ttl: float
    rerank: int = 0
    classify: bool = False


@cache
def _popularity() -> tuple[Sample, Sample]:
    """Ranks in logarithmic bins: the share of one query in each bin, and how many queries the bin holds."""
    edges = np.unique(np.geomspace(1, DISTINCT + 1, 400).astype(np.int64))
    counts = np.diff(edges)
    share = ((edges[:-1] + edges[1:] - 1) / 2.0) ** -0.9
    return share / (share * counts).sum(), counts


def hit_rate(queries: float, ttl: float) -> float:
    """Share of queries that a cache answers when entries live ``ttl`` seconds from their miss on.

    A query of rate λ is found with probability λT / (1 + λT) (renewal argument; Jung, Berger and Balakrishnan 2003);
    queries that were never seen are not.
    """
    share, counts = _popularity()
    repeated = 1 - facts.NEW_QUERIES_SHARE.value / 100
    expected = queries * repeated * share * ttl
    return float(repeated * (share * counts * expected / (1 + expected)).sum())


@cache
def _leaf() -> Sample:
    return np.sort(lognormal_leaf(1.0, SPREAD)(np.random.default_rng(40), 200_000))


def shard_ms(documents: float) -> float:
    """Core-milliseconds of one look-up in a shard of ``documents`` vectors, by the measured power law."""
    return float(
        facts.HNSW_MS_AT_1M.value
        * max(documents, 1e4) ** facts.HNSW_COST_EXPONENT.value
        / 1e6**facts.HNSW_COST_EXPONENT.value
    )


def run(design: Design, load: Load) -> dict[str, float]:
    """``p99`` in ms and ``missed`` in % over all queries, ``cost`` in $ per million queries, ``stale`` in seconds,
    ``machines``, ``memory`` that a shard takes in GB, ``leaked`` and ``refused``: shares in % of hostile queries that are
    answered and of honest ones that are refused."""
    hits = hit_rate(load.queries, design.ttl)
    one = shard_ms(load.documents / design.shards)
    cores = int(facts.MACHINE_CORES.value)
    pairs_ms = design.rerank * facts.CROSS_ENCODER_MS_PER_PAIR.value
    work = (design.shards * one + pairs_ms) * (
        1 + (facts.CLASSIFIER_EXTRA_COMPUTE.value / 100 if design.classify else 0)
    )
    busy = load.queries * (1 - hits) * work / 1000 / (cores * UTILISATION)
    memory = index_bytes(load.documents, 768, kind="pq64") / (0.8 * facts.MACHINE_MEMORY_BYTES.value)
    machines = max(math.ceil(busy), REPLICAS * max(math.ceil(memory), 1))
    slowest = fan_out_quantile(_leaf(), design.shards, _miss_quantile(hits)) * one
    wait = mmc_wait_quantile(
        UTILISATION * cores / one, one, cores, _miss_quantile(hits) ** (1 / design.shards)
    )
    p99 = (
        NETWORK_MS
        if hits >= 0.99
        else NETWORK_MS + slowest + wait + pairs_ms / cores * (1.5 if pairs_ms else 0)
    )
    kept = facts.CLASSIFIER_JAILBREAK_AFTER if design.classify else facts.CLASSIFIER_JAILBREAK_BEFORE
    missed = facts.CONTEXTUAL_MISSED_RERANKED if design.rerank >= 20 else facts.CONTEXTUAL_MISSED
    return {
        "p99": p99,
        "cost": usd_per_million(machines, load.queries),
        "machines": float(machines),
        "memory": index_bytes(load.documents / design.shards, 768, kind="pq64") / 1e9,
        "stale": design.ttl + 1.0,
        "missed": missed.value,
        "leaked": kept.value if load.hostile else 0.0,
        "refused": facts.CLASSIFIER_OVER_REFUSAL.value if design.classify else 0.0,
    }


def _miss_quantile(hits: float) -> float:
    """The quantile among misses that is the 99th percentile of all queries."""
    return max(0.5, 1 - 0.01 / max(1 - hits, 0.01))
