"""Day 4's measure: a fleet of cache servers placed by the learner's own ring, one busy minute of it.

Placement is exact: the learner's `HashRing` (and `bounded_owners` where a bound is set) places every request of a
seeded sample. What a request costs follows from where it lands.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from course.checking.subject import Subject, each, length, plain
from course.systems.cluster.position import BITS, position

POINT = BITS // 8 + 4
"""Bytes that a client keeps for each point: the position, and a 4-byte index of the node."""

CLIENT, ROUTER = "client", "router"
"""Who finds the server of a key."""


def weights(load: Mapping[str, Any]) -> dict[str, float]:
    """The servers and their sizes: all equal, or a third each of half, plain and double size."""
    sizes = (0.5, 1.0, 2.0) if load.get("mixed") else (1.0,)
    return {f"cache-{i:03d}": sizes[i % len(sizes)] for i in range(int(load["servers"]))}


@cache
def spread(number: int, seed: int) -> tuple[str, ...]:
    """``number`` keys that lie evenly on the ring, in random order: every tenth of ten times as many, by position.

    Stratified, so that a server's count differs from its share of the ring by a few requests and not by the luck of
    the draw; with as many random keys it would take tens of times the requests to see an excess of a tenth.
    """
    rng = random.Random(seed)
    once = position.__wrapped__  # they would drive everything else out of what `position` remembers
    drawn = sorted((f"user:{rng.randrange(10**9)}" for _ in range(10 * number)), key=once)
    chosen = drawn[5::10]
    rng.shuffle(chosen)
    return tuple(chosen)


def requests(load: Mapping[str, Any]) -> tuple[str, ...]:
    """A sample of one minute's requests: keys of a flat tail, and one celebrity with its share of them all."""
    number = int(load["servers"] * load["sample"])
    return _requests(number, int(load["seed"]), float(load.get("celebrity", 0.0)))


@cache
def _requests(number: int, seed: int, hot: float) -> tuple[str, ...]:
    rng = random.Random(seed)
    return tuple("celebrity" if rng.random() < hot else key for key in spread(number, seed))


def measure(
    design: Mapping[str, Any], load: Mapping[str, Any], Ring: Subject, bounded: Subject, hold: Subject
) -> dict[str, float]:
    """What the fleet does under ``load`` with this design.

    ``design["lookup"]`` says who finds the server: each client by its own table, or a router tier that every request
    passes. Only routers see the load of a server, so only there does a bound bind. ``hops``: from a client to the server,
    through how many. ``busiest``: the busiest server's requests over its fair share by size. ``away``: share of requests that a full
    server hands on. ``table``: KiB of ring that each client keeps. ``sampled``: requests in the minute. ``memory``: copies of the data set that the caches
    hold. ``database``: reads in the minute after a server died or joined, over what the database can serve.
    """
    fleet, sample = weights(load), requests(load)
    vnodes, copies, routed = int(design["vnodes"]), int(design["copies"]), design["lookup"] == ROUTER
    bound = float(design["bound"]) if routed else 0.0
    placed = _placed(Ring, vnodes, fleet)
    home = placed.owners(sample)
    served = placed.served(bounded, sample, bound) if bound else home
    fair = {node: weight / sum(fleet.values()) * len(sample) for node, weight in fleet.items()}
    counts = Counter(served)
    strangers = {(key, now) for key, now, then in zip(sample, served, home, strict=True) if now != then}
    cold = (1 - load["hit_rate"]) * len(sample) + load["hit_rate"] * len(strangers)
    if load.get("dies"):
        dead = _busiest_large(fleet, home)
        after = _placed(Ring, vnodes, fleet, "remove", dead).owners(sample)
        kept = placed.holders(
            hold, {key for key, node in zip(sample, home, strict=True) if node == dead}, copies
        )
        cold += load["hit_rate"] * _lost(sample, home, after, kept)
    if load.get("joins"):
        after = _placed(Ring, vnodes, fleet, "add", "newcomer").owners(sample)
        cold += load["hit_rate"] * sum(map(str.__ne__, home, after))
    return {
        "busiest": max(counts[node] / fair[node] for node in fleet),
        "away": sum(map(str.__ne__, home, served)) / len(sample),
        "table": 0.0 if routed else placed.points * POINT / 1024,
        "hops": 2.0 if routed else 1.0,
        "sampled": float(len(sample)),
        "memory": float(copies),
        "database": cold / len(sample) / load["database"],
    }


class _Placed:
    """A ring of the subject's that stays as it is, and what it has answered: each key is looked up once."""

    def __init__(self, ring: Any) -> None:
        self.ring = ring
        self.points = length(ring, "points")
        self._owner: dict[str, str] = {}
        self._owners: dict[tuple[str, ...], list[str]] = {}
        self._served: WeakKeyDictionary[Subject, dict[tuple[tuple[str, ...], float], list[str]]] = (
            WeakKeyDictionary()
        )

    def holders(self, hold: Subject, keys: Set[str], copies: int) -> dict[str, list[str]]:
        """Who keeps each of ``keys``."""
        ordered = sorted(keys)
        rows = [(self.ring, key, copies) for key in ordered]
        return dict(zip(ordered, each(hold, rows, as_=list[str]), strict=True))

    def owners(self, sample: tuple[str, ...]) -> list[str]:
        """The owner of each request."""
        if sample not in self._owners:
            new = [key for key in dict.fromkeys(sample) if key not in self._owner]
            self._owner.update(zip(new, each(self.ring.lookup, new, as_=str), strict=True))
            self._owners[sample] = [self._owner[key] for key in sample]
        return self._owners[sample]

    def served(self, bounded: Subject, sample: tuple[str, ...], bound: float) -> list[str]:
        """Who serves each request when no server takes more than ``bound`` times its fair share."""
        known = self._served.setdefault(bounded, {})
        if (sample, bound) not in known:
            known[sample, bound] = list(plain(bounded(self.ring, list(sample), bound - 1), list[str]))
        return known[sample, bound]


_PLACED: WeakKeyDictionary[Subject, dict[tuple[object, ...], _Placed]] = WeakKeyDictionary()


def _placed(Ring: Subject, vnodes: int, fleet: Mapping[str, float], *change: str) -> _Placed:
    """The subject's ring of a fleet, after a ``change`` ("add" or "remove", and the node) if one is given.

    Made once for all designs and loads that share it: most of what a replay costs is making rings.
    """
    known, key = _PLACED.setdefault(Ring, {}), (vnodes, *fleet.items(), *change)
    if key not in known:
        ring = Ring(vnodes)
        each(ring.add, list(fleet.items()))
        for node in change[1:]:
            getattr(ring, change[0])(node)
        known[key] = _Placed(ring)
    return known[key]


def _busiest_large(fleet: Mapping[str, float], home: list[str]) -> str:
    """Of the largest servers, the one that most requests are at home on."""
    counts, most = Counter(home), max(fleet.values())
    return max((node for node, weight in fleet.items() if weight == most), key=counts.__getitem__)


def _lost(
    sample: tuple[str, ...], home: list[str], after: list[str], kept: Mapping[str, Sequence[str]]
) -> int:
    """Requests that find no copy where they land after a server died: ``kept`` says who holds its keys.

    A key that moves although its owner lives finds no copy anywhere.
    """
    moved = ((key, now) for key, was, now in zip(sample, home, after, strict=True) if now != was)
    return sum(now not in kept.get(key, ()) for key, now in moved)
