"""Day 4's measure: a fleet of cache servers placed by the learner's own ring, one busy minute of it.

Placement is exact: the learner's `HashRing` (and `bounded_owners` where a bound is set) places every request of a
seeded sample. What a request costs follows from where it lands.
"""

import random
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from course.cluster.position import BITS, position
from course.subject import Subject, each, length, plain

POINT = BITS // 8 + 4
"""Bytes that a client keeps for each point: the position, and a 4-byte index of the node."""


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
    drawn = sorted((f"user:{rng.randrange(10**9)}" for _ in range(10 * number)), key=position)
    chosen = drawn[5::10]
    rng.shuffle(chosen)
    return tuple(chosen)


def requests(load: Mapping[str, Any]) -> list[str]:
    """A sample of one minute's requests: keys of a flat tail, and one celebrity with its share of them all."""
    seed, number = int(load["seed"]), int(load["servers"] * load["sample"])
    rng, hot = random.Random(seed), load.get("celebrity", 0.0)
    return ["celebrity" if rng.random() < hot else key for key in spread(number, seed)]


def measure(
    design: Mapping[str, Any], load: Mapping[str, Any], Ring: Subject, bounded: Subject
) -> dict[str, float]:
    """What the fleet does under ``load`` with this design.

    ``busiest``: the busiest server's requests over its fair share by size. ``away``: share of requests that a full
    server hands on. ``table``: KiB of ring that each client keeps. ``memory``: copies of the data set that the caches
    hold. ``database``: reads in the minute after a server died or joined, over what the database can serve.
    """
    fleet, sample = weights(load), requests(load)
    ring, home = _placed(Ring, int(design["vnodes"]), load)
    bound = float(design["bound"])
    served = list(plain(bounded(ring, sample, bound - 1), list[str])) if bound else home
    points = length(ring, "points")
    fair = {node: weight / sum(fleet.values()) * len(sample) for node, weight in fleet.items()}
    counts = Counter(served)
    strangers = len(
        {
            pair
            for pair, at_home in zip(zip(sample, served, strict=True), home, strict=True)
            if pair[1] != at_home
        }
    )
    cold = (1 - load["hit_rate"]) * len(sample) + load["hit_rate"] * strangers
    if load.get("dies"):
        cold += load["hit_rate"] * _misses_after_death(ring, fleet, sample, home, int(design["copies"]))
    if load.get("joins"):
        ring.add("newcomer")
        cold += load["hit_rate"] * sum(map(str.__ne__, home, each(ring.lookup, sample, as_=str)))
        ring.remove("newcomer")
    return {
        "busiest": max(counts[node] / fair[node] for node in fleet),
        "away": sum(a != b for a, b in zip(home, served, strict=True)) / len(sample),
        "table": points * POINT / 1024,
        "memory": float(design["copies"]),
        "database": cold / len(sample) / load["database"],
    }


_RINGS: WeakKeyDictionary[Subject, dict[tuple[object, ...], tuple[Any, list[str]]]] = WeakKeyDictionary()


def _placed(Ring: Subject, vnodes: int, load: Mapping[str, Any]) -> tuple[Any, list[str]]:
    """A ring of the fleet and the home of each request. Designs that differ in the rest share it, unless it will change."""
    known = {} if load.get("dies") or load.get("joins") else _RINGS.setdefault(Ring, {})
    key = (vnodes, *(load.get(name) for name in ("seed", "servers", "sample", "mixed", "celebrity")))
    if key in known:
        return known[key]
    ring = Ring(vnodes)
    each(ring.add, list(weights(load).items()))
    home = each(ring.lookup, requests(load), as_=str)
    known[key] = ring, home
    return ring, home


def _misses_after_death(
    ring: Subject, fleet: Mapping[str, float], sample: list[str], home: list[str], copies: int
) -> int:
    """Requests that find no copy where they land after the busiest of the large servers has died.

    A second copy stands at the node that would own the key if its owner were gone, so it saves the dead server's
    keys; a key that moves although its owner lives finds no copy anywhere.
    """
    large = [node for node, weight in fleet.items() if weight == max(fleet.values())]
    dead = max(large, key=Counter(home).__getitem__)
    ring.remove(dead)
    after = each(ring.lookup, sample, as_=str)
    ring.add(dead, fleet[dead])
    orphans = sum(owner == dead for owner in home)
    needless = sum(new != old for new, old in zip(after, home, strict=True) if old != dead)
    return int(needless + (orphans if copies < 2 else 0))
