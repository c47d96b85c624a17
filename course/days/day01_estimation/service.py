"""Day 1's measure: a vector search service sized by the learner's own `fleet_size`, its dollars and what it promises.

Everything here is arithmetic on a few measured figures. It leaves out queues (day 2), hot keys (day 3), slow shards (day 7)
and the network, and says so when asked.
"""

import math
from collections.abc import Mapping
from functools import cache
from statistics import NormalDist
from typing import Any
from weakref import WeakKeyDictionary

from course import facts
from course.checking.errors import NotPlain, SubjectError
from course.checking.report import cut
from course.checking.subject import Subject, plain, there
from course.systems.simulate.parts import Fleet, Machine, Work
from course.systems.simulate.search_service import hit_rate
from course.systems.simulate.vector_bytes import CODECS, document_bytes

STANDARD_GB = 64  # chosen: memory of the course's standard machine, as its fact says
COPIES = 2
INDEXED_A_SECOND = 20_000
"""Documents a second that a machine indexes anew: chosen, of the order of what graph indexes reach on 16 cores."""
CACHED_A_SECOND = 100_000
"""Answers a second of one cache machine: chosen, of the order of what in-memory stores reach."""
QUERIES_A_MINUTE = NormalDist(0.0, 1.2)
"""Logarithm of a person's queries a minute: assumed, median 1; to be measured before anybody is refused."""


def look_up() -> tuple[float, float, float]:
    """The work of one look-up in a graph index: core-seconds, at how many documents, and the exponent."""
    return 1 / facts.HNSW_QUERIES_1M.value, 1e6, facts.HNSW_COST_EXPONENT.value


def machine_of(memory_gb: float) -> tuple[int, float, float]:
    """Cores, bytes and dollars an hour of a machine with so much memory."""
    more = facts.MEMORY_GB_HOUR_USD.value * (memory_gb - STANDARD_GB)
    return int(facts.MACHINE_CORES.value), memory_gb * 1e9, facts.MACHINE_HOUR_USD.value + more


def searched(design: Mapping[str, Any], load: Mapping[str, Any]) -> float:
    """Queries a second that must be searched: what people ask and no cache answers, and what the scraper gets through.

    A scraper never asks the same twice. A limit of queries a minute holds each of its accounts.
    """
    scraped = load["rate"] * load.get("scraper", 0.0)
    people = load["rate"] - scraped
    if design["limit"]:
        scraped = min(scraped, load.get("accounts", 0) * design["limit"] / 60)
    hits = _hits(people, design["ttl"]) if design["ttl"] else 0.0
    return float(people * (1 - hits) + scraped)


@cache
def _hits(people: float, ttl: float) -> float:
    return hit_rate(float(round(people)), float(ttl))


def refused(limit: float) -> float:
    """The share of people who ask more often than the limit, and are refused wrongly."""
    return 1 - QUERIES_A_MINUTE.cdf(math.log(limit)) if limit else 0.0


_SIZED: WeakKeyDictionary[Subject, dict[tuple[float, ...], Fleet | None]] = WeakKeyDictionary()


def sized(size: Subject, documents: float, rate: float, codec: str, memory_gb: float) -> Fleet | None:
    """The fleet that the subject's `fleet_size` gives; None where it finds none (`TooLarge`).

    Raises :class:`NotPlain` where what it gives is no fleet, or one without machines.
    """
    known, key = _SIZED.setdefault(size, {}), (documents, rate, document_bytes(codec), memory_gb)
    if key not in known:
        work, machine = there(size, Work)(*look_up()), there(size, Machine)(*machine_of(memory_gb))
        try:
            fleet = size(documents, rate, key[2], work, machine, COPIES)
            if not isinstance(fleet, Subject):
                raise NotPlain("a Fleet", cut(repr(fleet), 60))
            shards, copies = plain(fleet.shards, int), plain(fleet.copies, int)
            if shards < 1 or copies < 1:
                raise NotPlain("a Fleet of at least one shard and one copy", f"Fleet({shards}, {copies})")
            known[key] = Fleet(shards, copies)
        except SubjectError as error:
            if "TooLarge" not in error.names:
                raise
            known[key] = None
    return known[key]


def measure(design: Mapping[str, Any], load: Mapping[str, Any], size: Subject) -> dict[str, float]:
    """What a design costs and promises under ``load``.

    ``dollars``: thousands a month, for the fleet and the cache machines; infinite where no fleet is found. ``missed``: share
    of the true ten nearest. ``age``: seconds of the oldest answer served. ``rebuild``: hours until a shard is indexed
    anew. ``refused``: share of people whom the limit refuses.
    """
    memory_gb = float(design["memory"])
    fleet = sized(size, load["documents"], searched(design, load), design["codec"], memory_gb)
    caches = math.ceil(load["rate"] / CACHED_A_SECOND) if design["ttl"] else 0
    store = Fleet(caches, 1).dollars_month(Machine(*machine_of(STANDARD_GB)))
    index = fleet.dollars_month(Machine(*machine_of(memory_gb))) if fleet else math.inf
    return {
        "dollars": (index + store) / 1000,
        "missed": round(1 - CODECS[design["codec"]].recall, 9),
        "age": float(design["ttl"]),
        "rebuild": load["documents"] / fleet.shards / INDEXED_A_SECOND / 3600 if fleet else math.inf,
        "refused": refused(design["limit"]),
    }
