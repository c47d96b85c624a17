"""Day 13's faults: which promise of a search over shards breaks under which, with the learner's own merge, statistics and broker."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from course.checking.port import subjects
from course.checking.subject import Subject, plain, there
from course.days.day13_scatter_gather.corpus import HASH, asked, dealt, one_index, overlap
from course.days.day13_scatter_gather.interview import STEADY
from course.days.day13_scatter_gather.measures import measure
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.page import Page
from course.systems.search.global_statistics import global_statistics as counted
from course.systems.search.hits import Hit, place
from course.systems.search.merge_trial import MergeTrial
from course.systems.search.reports import Statistics
from course.systems.search.shard import Shard
from course.systems.search.statistics_trial import StatisticsTrial

SHARDS, K, SEED = 20, 10, 13
PROMISES = (
    Promise("the same ten", "share of one index's ten that is found", 1, at_least=True, digits=3),
    Promise("in time", "99th percentile of a search, ms", 65, digits=0),
    Promise("all is searched", "share of the documents", 0.9995, at_least=True, digits=5),
)
DESIGN: Mapping[str, Any] = {"shards": SHARDS, "copies": "2 hedged", "ask": K}
LOADS: Mapping[str, Mapping[str, float]] = {
    "a machine is killed": {"dead": 1},
    "a machine runs at a quarter of its speed": {"slow": 1},
    "one machine is dead, one restarts at any time": {"dead": 1, "restarting": 1},
}
"""What these faults change of the load."""
OWN, ARRIVAL, EMPTY, FILTER = (
    "each shard counts its words alone",
    "hits are numbered as they arrive",
    "a shard is empty",
    "permissions are checked at the broker",
)
FAULTS = (*LOADS, OWN, ARRIVAL, EMPTY, FILTER)
TENTH = 10
"""A user may see one document in so many."""


def under(
    fault: str, expected: Prediction, global_statistics: object, merge_top_k: object, Broker: object
) -> Page:
    """What the fault does to the learner's own objects: see :func:`~course.notebook.breaking.under_fault`."""
    global_statistics, merge_top_k, Broker = played("day13", global_statistics, merge_top_k, Broker)

    def run(fault: str) -> Run:
        add, merge, broker = subjects(global_statistics, merge_top_k, Broker)
        whole, without = found(fault, merge, add), found(fault, merge, add, lost=True)

        def kept(load: Mapping[str, float], copies: str, same: float) -> dict[str, float]:
            came = measure({**DESIGN, "copies": copies}, load, merge, broker)
            away = (1 - came["coverage"]) * SHARDS  # the share of the time in which one shard is
            same = (1 - away) * same + away * without
            return {"the same ten": same, "in time": came["p99"], "all is searched": came["coverage"]}

        load = {**STEADY, **LOADS.get(fault, {})}
        beside = {"without hedges": "2", "with one copy": "1"} if fault in LOADS else {}
        return Run(
            PROMISES,
            kept(STEADY, "2 hedged", found("", merge, add)),
            kept(load, "2 hedged", whole),
            beside={name: kept(load, copies, whole) for name, copies in beside.items()},
        )

    return under_fault(fault, expected, FAULTS, run, global_statistics, merge_top_k, Broker)


def found(fault: str, merge: Subject, add: Subject, *, lost: bool = False) -> float:
    """The share of the ten of one index that the shards find under ``fault``, over all queries; ``lost``, while one of them is away."""
    parts = list(dealt(SHARDS, HASH))
    if fault == EMPTY:
        parts.append(Shard("s20", {}, {}))
    all_of = _added(parts, add)
    alone = {part.name: counted([part.report()]) for part in parts}
    answers = [
        {part.name: part.top(query, K, alone[part.name] if fault == OWN else all_of) for part in parts}
        for query in asked()
    ]
    if lost:
        answers = [{name: hits for name, hits in each.items() if name != "s0"} for each in answers]
    if fault == ARRIVAL:
        return overlap(_numbered(answers, lambda found: _tops(merge, found)), K)
    tops = _tops(merge, answers)
    if fault == FILTER:
        return _permitted(tops)
    return overlap(tops, K)


def _added(parts: list[Shard], add: Subject) -> Statistics:
    """The statistics of all by the learner's own function, to which both copies of each shard report."""
    told = []
    for part in parts:
        report = part.report()
        told.append((report.shard, report.version, report.documents, report.words, dict(report.holding)))
    trial = there(add, StatisticsTrial)(add)
    documents, words, holding, _ = plain(trial.run([*told, *told]), tuple[int, int, dict[str, int], float])
    return Statistics(documents, words, holding)


def _tops(merge: Subject, answers: list[dict[str, list[Hit]]]) -> list[list[int]]:
    return plain(there(merge, MergeTrial)(merge).tops(answers, K), list[list[int]])  # type: ignore[no-any-return]


def _numbered(
    answers: list[dict[str, list[Hit]]], tops: Callable[[list[dict[str, list[Hit]]]], list[list[int]]]
) -> list[list[int]]:
    """The ten of a broker that gives each hit a number as it arrives: of equal scores the earlier one wins."""
    draw, numbered, names = random.Random(SEED), list[dict[str, list[Hit]]](), list[list[int]]()
    for found in answers:
        arrived, ids = {}, list[int]()
        for shard in draw.sample([*found], len(found)):
            hits = [(len(ids) + place, score) for place, (_, score) in enumerate(found[shard])]
            ids += [doc for doc, _ in found[shard]]
            arrived[shard] = hits
        numbered.append(arrived)
        names.append(ids)
    return [[ids[number] for number in ten] for ids, ten in zip(names, tops(numbered), strict=True)]


def _permitted(tops: list[list[int]]) -> float:
    """Of the ten best that a user may see, the share that is left where the ten of all are filtered afterwards."""
    kept = []
    for hits, ten in zip(one_index(), tops, strict=True):
        wanted = sorted((hit for hit in hits if hit[0] % TENTH == 0), key=place)[:K]
        kept.append(len({doc for doc, _ in wanted}.intersection(ten)) / len(wanted))
    return sum(kept) / len(kept)
