"""Day 15's measure: half a terabyte to a thousand machines, with the learner's own `next_chunk` and `chunk_manifest`."""

import random
from collections.abc import Mapping
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from course.checking.subject import Subject, plain, there
from course.systems.cluster.broadcast import MIB, depth_of
from course.systems.cluster.reuse import Reuse
from course.systems.simulate.swarm_run import Swarm

MACHINES, RACK = 1_000, 40
SIZE = 500 * 10**9
INGRESS, LINK = 1.25e9, 3.125e9
"""Bytes a second: 10 gigabits out of the store, 25 of each machine."""
PER_CHUNK_S, SWITCH_S, SOAK_S = (
    0.005,
    30.0,
    300.0,
)  # chosen: what a chunk costs on top, what a switch takes, how long one watches
REQUESTS, FLAW = 10, 1 / 5_000
"""Requests a second of one machine, and the share of them that a bad version fails."""
SLOW = 10
LAG = 5
"""Steps that the tracker's counts are old, at most."""
PLANS = ("store", "chain", "tree", "swarm", "rack swarm")

_SWARMED: WeakKeyDictionary[Subject, dict[tuple[bool, bool], dict[str, float]]] = WeakKeyDictionary()
_SHARED: WeakKeyDictionary[Subject, dict[int, float]] = WeakKeyDictionary()


def swarmed(next_chunk: Subject, rack_first: bool, slow: bool) -> dict[str, float]:
    """A swarm of forty with the learner's choice; run once."""
    known, key = _SWARMED.setdefault(next_chunk, {}), (rack_first, slow)
    if key not in known:
        swarm: Any = there(next_chunk, Swarm)(next_chunk)
        known[key] = plain(swarm.told(rack_first, slow, LAG), dict[str, float])
    return known[key]


def reused(chunk_manifest: Subject, edits: int) -> float:
    """The share of bytes that an update with so many insertions leaves as they were, by the learner's cuts: see
    :class:`~course.systems.cluster.reuse.Reuse`; run once."""
    known = _SHARED.setdefault(chunk_manifest, {})
    if edits not in known:
        trial: Any = there(chunk_manifest, Reuse)(chunk_manifest)
        known[edits] = float(plain(trial.after(edits), float))
    return known[edits]


def measure(
    design: Mapping[str, Any], load: Mapping[str, float], next_chunk: Subject, chunk_manifest: Subject
) -> dict[str, float]:
    """What bringing a version to all machines takes, by ``plan``, ``chunk`` (MiB) and ``stage`` (machines that get it first).

    ``load``: whether one machine in a hundred is ``slow``, how many ``edits`` the file has (0 for a new one), whether a ``bad`` version
    comes. ``copy`` s until nine of ten healthy machines have it, ``update`` the same of a file with edits, ``live`` s until they serve it, ``cross`` TB between racks,
    ``tracker`` thousand announcements a second, ``exposed`` machine-minutes on a bad version, ``missed`` the probability that the first
    stage does not show it.
    """
    plan, chunk, stage = str(design["plan"]), int(design["chunk"]) * MIB, int(design["stage"])
    slow, edits, bad = load["slow"] > 0, int(load["edits"]), load["bad"] > 0
    changed = 1.0
    if edits:
        touched = edits * chunk / SIZE  # edits a chunk
        changed = 1 - reused(chunk_manifest, round(touched * Reuse.CHUNKS))
    chunks = changed * SIZE / chunk
    step = chunk / INGRESS + PER_CHUNK_S
    link = LINK / SLOW if slow else LINK
    across, told = 1 - RACK / MACHINES, 0.0
    if plan == "store":
        copy = MACHINES * chunks * step
    elif plan == "chain":
        copy = (chunks + MACHINES - 1) * (max(chunk / INGRESS, chunk / link) + PER_CHUNK_S)
        across = MACHINES / RACK / MACHINES
    elif plan == "tree":
        copy = (chunks + depth_of(MACHINES, 2) - 1) * (max(chunk / INGRESS, 2 * chunk / link) + PER_CHUNK_S)
    else:
        found = swarmed(next_chunk, plan == "rack swarm", slow)
        copy = chunks * step * found["stretch"]
        across = found["across"] if plan == "rack swarm" else across
        told = MACHINES * chunks / copy
    requests = stage * REQUESTS * SOAK_S
    return {
        "copy": copy,
        "update": copy if edits else 0.0,
        "live": copy + SWITCH_S + (SOAK_S + SWITCH_S if stage < MACHINES else 0.0),
        "cross": across * MACHINES * changed * SIZE / 1e12,
        "tracker": told / 1000,
        "exposed": stage * SOAK_S / 60 if bad else 0.0,
        "missed": (1 - FLAW) ** requests if bad else 0.0,
    }


@cache
def floor_s() -> float:
    """Seconds in which the store can send one copy."""
    return SIZE / INGRESS


def below(plan: str) -> float:
    """Machines that stand, on average, below a link of a plan."""
    if plan == "chain":
        return MACHINES / 2
    if plan == "tree":
        depth = depth_of(MACHINES, 2)
        rows = [2**level for level in range(depth)]
        under = [2 ** (depth - level) - 1 for level in range(depth)]
        return float(sum(r * u for r, u in zip(rows, under, strict=True)) / sum(rows))
    return 1.0


def slow_below() -> float:
    """The share of a tree's machines that stand below a slow one, where one in a hundred is slow, drawn."""
    draw, depth = random.Random(15), depth_of(MACHINES, 2)
    share = 0.0
    for _ in range(200):
        slow = [draw.random() < 0.01 for _ in range(2**depth)]
        bad = [False] * 2**depth
        for node in range(2, 2**depth):
            bad[node] = bad[node // 2] or slow[node // 2]
        share += sum(bad[1 : MACHINES + 1]) / MACHINES
    return share / 200
