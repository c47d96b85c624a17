"""Day 13's measure: a corpus in shards, with the learner's own merge and broker."""

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from course import facts
from course.checking.subject import Subject, plain, there
from course.days.day13_scatter_gather.corpus import HASH, PATH, asked, rankings
from course.systems.search.merge_trial import MergeTrial
from course.systems.search.planned_network import BrokerTrial
from course.systems.simulate.shard_calls import HEDGED, Shards

HIT_BYTES = 12  # chosen: an id of eight bytes and a score of four
"""Of a hit on its way to the broker."""
COPIES: Mapping[str, tuple[int, bool]] = {
    "1": (1, False),
    "2": (2, False),
    "2 hedged": (2, True),
    "3 hedged": (3, True),
}
"""How many copies there are of each shard, and whether a late one is asked again."""
_TRIED: WeakKeyDictionary[Subject, dict[tuple[Any, ...], float]] = WeakKeyDictionary()


def settled(merge: Subject, shards: int, by: str, ask: int, k: int) -> float:
    """The share of queries for which one trip is enough, by the learner's ``merge``."""
    known, place = _TRIED.setdefault(merge, {}), (shards, by, min(ask, k), k)
    if place not in known:
        trial = there(merge, MergeTrial)(merge)
        count = plain(trial.settled(rankings(shards, by, k), shards, min(ask, k), k), int)
        known[place] = count / len(asked())
    return known[place]


def busiest(broker: Subject, copies: int, dead: int) -> float:
    """The share of the queries that the busiest live copy of a shard is asked by, by the learner's ``broker``."""
    if copies - dead < 2:
        return 1.0
    known = _TRIED.setdefault(broker, {})
    if (copies, dead) not in known:
        known[copies, dead] = plain(there(broker, BrokerTrial)(broker).share(copies, dead), float)
    return known[copies, dead]


def coverage(shards: int, copies: int, dead: int, restarting: bool) -> float:
    """The share of the documents that is searched, on average, where one shard has ``dead`` copies fewer and one of the machines that are left
    restarts at any time."""
    left = copies - dead
    if left == 0:
        return 1 - 1 / shards
    away = 1 / (shards * copies - dead) if restarting and left == 1 else 0.0
    return 1 - away / shards


def measure(
    design: Mapping[str, Any], load: Mapping[str, Any], merge: Subject, broker: Subject
) -> dict[str, float]:
    """What a design with ``shards``, ``copies`` and ``ask`` (hits that each shard is asked for) does.

    ``load``: millions of ``documents``, ``queries`` a second, ``k``; whether a machine is ``dead``, another one ``slow``, one ``restarting`` at any time; and
    whether documents that are alike stand together (``together``). ``p99`` in ms; ``coverage``; ``busiest``, the share of its cores that the busiest machine uses; ``settled``, the share of
    queries for which one trip is enough; ``kib`` that reach the broker for one query; ``machines``.
    """
    shards, ask, k = int(design["shards"]), int(design["ask"]), int(load["k"])
    copies, hedge = COPIES[design["copies"]]
    dead, restarting = int(load["dead"]), load["restarting"] > 0
    by = PATH if load["together"] else HASH
    model = Shards(load["documents"], shards, copies, hedge)
    used = load["queries"] * model.call_ms / 1000 / facts.MACHINE_CORES.value
    left = max(1, copies - dead)
    share = busiest(broker, copies, dead if left < copies else 0)
    again = HEDGED if hedge and left > 1 else 0.0
    return {
        "p99": model.quantile(0.99, dead, load["slow"] > 0, busiest(broker, copies, 0)),
        "coverage": coverage(shards, copies, dead, restarting),
        "busiest": used * share * (1 + again),
        "settled": settled(merge, shards, by, ask, k),
        "kib": shards * min(ask, k) * HIT_BYTES / 1024,
        "machines": float(shards * copies),
        "asked": float(len(asked())),
    }
