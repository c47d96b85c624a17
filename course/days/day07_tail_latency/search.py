"""Day 7's measure: a search over many shards, whose late leaves are asked again; what becomes of the loser decides what that
costs."""

import math
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from course.checking.subject import Subject, plain
from course.systems.simulate.hedged_leaves import Leaves

SEARCHES = 10_000
"""Searches a second of the opening."""
CANCELLED, RUNS_ON = 0.5, 1.0
"""Share of a request's work that a second copy makes. Simulated, where the loser is cancelled both copies were served for .55
of the second ones at half load and for .28 at 80%."""


def measure(design: Mapping[str, Any], load: Mapping[str, Any], waste: float) -> dict[str, float]:
    """What a search does under ``load``, where a second copy makes a share ``waste`` of a request's work.

    ``design``: ``hedge``, the share of leaf requests that would be sent again if second copies made no load; ``need``, the
    share of shards that a search waits for; ``cores`` for each hundred that the opening's searches keep busy. ``load``:
    ``shards``; ``demand``, how many of each hundred are busy; and the pauses of
    :class:`~course.systems.simulate.hedged_leaves.Leaves`. Leaves are ``slower`` by a factor; with ``stale`` the delay was
    measured before they were. ``p99`` (ms), ``extra`` (share of leaf requests sent twice), ``missing`` (share of shards
    left out), ``cores``.
    """
    shards = int(load["shards"])
    need = math.ceil(round(float(design["need"]) * shards, 6))
    leaves, delay = leaves_of(design, load)
    busy, extra = leaves.settled(delay, waste)
    return {
        "p99": leaves.search(0.99, need, shards, busy, delay),
        "extra": extra,
        "missing": (shards - need) / shards,
        "cores": float(design["cores"]),
    }


def leaves_of(design: Mapping[str, Any], load: Mapping[str, Any]) -> tuple[Leaves, float]:
    """What leaf requests meet, and the delay in ms after which one is sent again."""
    pauses = {name: float(load[name]) for name in ("pause", "both", "together") if name in load}
    slower = float(load.get("slower", 1.0))
    busy = float(load["demand"]) / float(design["cores"])
    leaves = Leaves(min(1.0, busy * slower), slower=slower, **pauses)
    measured = Leaves(min(1.0, busy), **pauses) if load.get("stale") else leaves
    return leaves, measured.delay(float(design["hedge"]))


_WASTE: WeakKeyDictionary[Subject, float] = WeakKeyDictionary()


def waste_of(Hedge: Subject) -> float:
    """The work that a second copy makes with the learner's own ``Hedge``: whether it cancels the loser is tried once."""
    if Hedge not in _WASTE:
        request = Hedge(10.0)
        request.start(0.0)
        request.on_time(10.0)
        actions = plain(request.on_answer(0, 20.0), list[tuple[str, int]])
        _WASTE[Hedge] = CANCELLED if ("cancel", 1) in actions else RUNS_ON
    return _WASTE[Hedge]
