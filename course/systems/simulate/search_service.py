"""A search service at full scale, from measured and published parts: what a design does to latency, cost and harm.

Vectors as 64-byte codes in memory, anchored at a published billion and only scaled *down* to smaller pieces by the measured
power; ranked words over a first tier of the corpus, linear in its documents; a guard before the cache, after it, or both; a
cache with a time to live in each of three regions; a record of what was answered. It leaves out the network between regions,
slowness that correlates, and what asking a copy again costs (5% more calls), and says so when asked.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from course import facts
from course.systems.simulate.queues import mmc_wait_quantile

REGIONS = 3
COPIES = 2
"""Copies of every piece in a region, at least."""
DISTINCT = 50_000_000
"""Different queries that come back; their popularity follows Zipf's law with exponent 0.9."""
TIER: Mapping[str, float] = {
    "none": 0.0,
    "and": 1.0,
    "thousandth": 0.001,
    "hundredth": 0.01,
    "tenth": 0.1,
    "all": 1.0,
}
"""Share of the corpus, best by a static score, in which words are searched; ``and`` asks for all of a query's words."""
FOUND: Mapping[str, tuple[float, float, float]] = {"or": (0.583, 0.100, 0.157), "and": (0.157, 0.527, 0.013)}
"""Of 300 known items, those found in ten by both arms, by vectors alone and by words alone (measured for this course)."""
CODE_RECALL = 0.75
"""Of what exact vectors find, what 64-byte codes find (measured for this course)."""
THRESHOLD, STRICT = 2.75, 1.9
"""Scores above which a guard stops; harm shifts the query's score by 3.6 and the page's by 4.0 standard deviations."""
RECORDS: Mapping[str, tuple[int, int]] = {
    "none": (0, 0),
    "interventions": (0, 2000),
    "short": (300, 300),
    "tiered": (300, 2000),
    "full": (2000, 2000),
}
"""Bytes that are kept of a query that passes, and of one that a guard stopped."""


@dataclass(frozen=True)
class Load:
    """What the service is under: documents, queries a second, the share of them that mean harm, regions that are lost, and
    the peak over the planned rate. Who extracts never asks the same twice."""

    documents: float
    queries: float
    hostile: float = 0.0
    lost: int = 0
    peak: float = 1.0


@dataclass(frozen=True)
class Design:
    """``ttl`` seconds that a cached answer lives; in which ``lexical`` tier words are searched; ``busy``, the share of its
    cores that a machine is planned to use; where the ``guard`` stands; what ``audit`` keeps; equal ``pieces``."""

    ttl: float
    lexical: str
    busy: float
    guard: str
    audit: str
    pieces: int = 32


@dataclass(frozen=True)
class Guard:
    """What a guard does: hostile queries that it lets through, honest ones that it stops, hostile ones that it stops before
    they are searched; shares."""

    leaks: float
    stops: float
    early: float


@lru_cache(None)
def guards() -> Mapping[str, Guard]:
    """The guards, from 400,000 draws of two scores whose errors correlate by 0.3."""
    scores = np.random.default_rng(40).multivariate_normal([0, 0], [[1, 0.3], [0.3, 1]], 400_000)
    harm = np.add(scores, [3.6, 4.0])

    def guard(query: float = math.inf, page: float = math.inf) -> Guard:
        def stopped(of: NDArray[np.float64]) -> float:
            return float(((of[:, 0] > query) | (of[:, 1] > page)).mean())

        return Guard(1 - stopped(harm), stopped(scores), float((harm[:, 0] > query).mean()))

    return {
        "off": Guard(1.0, 0.0, 0.0),
        "answers": guard(page=THRESHOLD),
        "queries": guard(query=THRESHOLD),
        "queries strict": guard(query=STRICT),
        "both": guard(query=THRESHOLD, page=THRESHOLD),
    }


@lru_cache(None)
def _popularity() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Ranks in logarithmic bins: the share of one query in each bin, and how many queries the bin holds."""
    edges = np.unique(np.geomspace(1, DISTINCT + 1, 400).astype(np.int64))
    counts = np.diff(edges)
    share = ((edges[:-1] + edges[1:] - 1) / 2.0) ** -0.9
    return share / (share * counts).sum(), counts


@lru_cache(None)
def hit_rate(queries: float, ttl: float) -> float:
    """Share of queries that a cache answers when entries live ``ttl`` seconds from their miss on.

    A query of rate λ is found with probability λT / (1 + λT) (renewal argument; Jung, Berger and Balakrishnan 2003);
    queries that were never seen are not.
    """
    share, counts = _popularity()
    repeated = 1 - facts.NEW_QUERIES_SHARE.value / 100
    expected = queries * repeated * share * ttl
    return float(repeated * (share * counts * expected / (1 + expected)).sum())


def misses(design: Design, load: Load, regions: int) -> float:
    """Queries a second that one of ``regions`` must search."""
    one = load.queries / regions
    honest = one * (1 - load.hostile)
    hostile = one * load.hostile * (1 - guards()[design.guard].early)
    return honest * (1 - hit_rate(float(round(honest)), design.ttl)) + hostile


def core_ms(design: Design, documents: float) -> tuple[float, float, float]:
    """Core-milliseconds of a query that no cache answers, of its largest piece, and of what follows the pieces."""
    size = documents / design.pieces
    vectors = facts.CODES_CORE_MS_AT_1B.value * (size / 1e9) ** facts.HNSW_COST_EXPONENT.value
    each = facts.WORDS_AND_CORE_MS if design.lexical == "and" else facts.WORDS_OR_CORE_MS
    words = each.value * TIER[design.lexical] * size / 1e6
    page = facts.PAGE_GUARD_CORE_MS.value if design.guard in ("answers", "both") else 0.0
    return design.pieces * (vectors + words + 1) + page, max(vectors, words) + 1, page


def run(design: Design, load: Load) -> dict[str, float]:
    """``p99`` in ms over all queries, ``cost`` in $ a million, of which ``audit``; ``stale`` in seconds; ``machines``; and
    shares: ``missed`` (not among ten), ``leaked``, ``refused``, ``served``, ``explained`` and, of what was stopped,
    ``readable``."""
    guard, cores = guards()[design.guard], facts.MACHINE_CORES.value
    work, piece, page = core_ms(design, load.documents)
    front = facts.QUERY_GUARD_CORE_MS.value if design.guard.startswith(("queries", "both")) else 0.0

    def needed(under: Load, regions: int) -> float:
        return (misses(design, under, regions) * work + under.queries / regions * front) / 1000

    region = max(math.ceil(needed(load, REGIONS) / design.busy / cores), COPIES * design.pieces)
    peak, left = replace(load, queries=load.queries * load.peak), REGIONS - load.lost
    used = needed(peak, left) / (region * cores)
    missing = misses(design, peak, left) / (peak.queries / left)
    quantile = round(max(0.5, 1 - 0.01 / missing), 5)
    slow = _slowest(round(piece, 4), design.pieces, quantile)
    wait = _wait(round(used, 4), round(piece, 4), round(quantile ** (1 / design.pieces), 8))
    flagged = load.hostile * (1 - guard.leaks) + (1 - load.hostile) * guard.stops
    passing, stopped = RECORDS[design.audit]
    kept = ((1 - flagged) * passing + flagged * stopped) * 1e6 / 1e9 * facts.STORE_USD_GB_MONTH.value * 12
    machines = REGIONS * region
    return {
        "p99": 1 + slow + wait + page / cores * 1.5 if used < 1 else math.inf,
        "cost": machines * facts.MACHINE_HOUR_USD.value / 3600 / load.queries * 1e6 + kept,
        "audit": kept,
        "machines": float(machines),
        "stale": design.ttl + 1.0,
        "missed": 1 - found(design.lexical),
        "leaked": guard.leaks if load.hostile else 0.0,
        "refused": guard.stops,
        "served": min(1.0, 1 / used),
        "explained": (1 - flagged) * (passing > 0) + flagged * (stopped > 0),
        "readable": float(stopped == RECORDS["full"][1]),
    }


def found(lexical: str) -> float:
    """Share of known items among ten; the tier's coverage of demand is its share to the power 0.1 (an assumption)."""
    both, vectors, words = FOUND["and" if lexical == "and" else "or"]
    covered = TIER[lexical] ** 0.1 if TIER[lexical] else 0.0
    return both * (1 - (1 - CODE_RECALL) * (1 - covered)) + vectors * CODE_RECALL + words * covered


def _tail(time: float, mean: float) -> float:
    """Probability that a piece takes longer: lognormal with sigma 0.4, and in one of a hundred a pause of 40 ms."""

    def over(at: float) -> float:
        return 0.5 * math.erfc((math.log(at / mean) + 0.08) / (0.4 * 2**0.5)) if at > 0 else 1.0

    return 0.99 * over(time) + 0.01 * over(time - 40)


@lru_cache(None)
def _slowest(mean: float, pieces: int, quantile: float) -> float:
    """A quantile of the slowest of ``pieces``, each asked again of another copy at its 95th percentile."""

    def solved(share: float, late: float) -> float:
        low, high = 0.0, 1e5
        for _ in range(40):
            middle = (low + high) / 2
            over = _tail(middle, mean) * (_tail(middle - late, mean) if late else 1.0)
            low, high = (middle, high) if over > share else (low, middle)
        return high

    return solved(1 - quantile ** (1 / pieces), solved(0.05, 0.0))


@lru_cache(None)
def _wait(used: float, mean: float, quantile: float) -> float:
    """A quantile of the wait for one of a machine's cores (Erlang C)."""
    if used >= 1:
        return math.inf
    cores = int(facts.MACHINE_CORES.value)
    return mmc_wait_quantile(cores * used / mean, mean, cores, quantile)
