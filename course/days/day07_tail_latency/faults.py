"""Day 7's faults: which promise of a hedged search breaks under which; what independence was worth; and a leaf that must answer."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from course.checking.port import subjects
from course.days.day07_tail_latency.interview import HUNDRED, REFERENCE
from course.days.day07_tail_latency.search import CANCELLED, RUNS_ON, SEARCHES, leaves_of, measure, waste_of
from course.notebook.breaking import Measures, Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.blocks import Text
from course.notebook.screens.page import Page
from course.systems.simulate.hedged_leaves import GRID, PAUSE_MS, SERVICE_MS
from course.systems.simulate.order_statistics import at_least

DESIGN = REFERENCE["hundred"]
"""What is broken here: a hundred shards, all of them awaited, 53% busy, a second copy for the slowest 5%."""
PROMISES = (
    Promise("in time", "99th percentile of a search, ms", 90, digits=0),
    Promise("few second copies", "leaf requests sent twice, %", 8, digits=1),
    Promise("whole answers", "shards left out, %", 0, digits=0),
)
FAULTS: Mapping[str, dict[str, float]] = {
    "a third of the machines is lost": {"demand": 150.0},
    "pauses come twice as often": {"pause": 0.01},
    "a tenth of the pauses hits both replicas": {"both": 0.1},
    "all leaves pause at the same time": {"pause": 0.0, "together": 0.005},
    "leaves are 1.2 times slower": {"slower": 1.2, "stale": 1.0},
}


def under(fault: str, expected: Prediction, Hedge: object) -> Page:
    """What the fault does to a search with the learner's own `Hedge`: see :func:`~course.notebook.breaking.under_fault`."""
    (Hedge,) = played("day07", Hedge)

    def run(fault: str) -> Run:
        (own,) = subjects(Hedge)
        waste, load = waste_of(own), HUNDRED | FAULTS[fault]
        ways = {"if the loser is cancelled": CANCELLED, "if it runs on": RUNS_ON}
        beside = {way: _kept(load, each) for way, each in ways.items()}
        return Run(
            PROMISES, _kept(HUNDRED, waste), _kept(load, waste), beside=beside, also=_renewed(load, waste)
        )

    return under_fault(fault, expected, FAULTS, run, Hedge)


def _kept(load: Mapping[str, float], waste: float) -> Measures:
    found = measure(DESIGN, load, waste)
    return {
        "in time": found["p99"],
        "few second copies": 100 * found["extra"],
        "whole answers": 100 * found["missing"],
    }


def _renewed(load: Mapping[str, float], waste: float) -> tuple[Text, ...]:
    """What a delay would do that is measured again, where the fault has an old one."""
    if not load.get("stale"):
        return ()
    found = measure(DESIGN, {**load, "stale": 0.0}, waste)
    return (
        Text(
            f"With a delay that is measured every minute {found['extra']:.1%} would be sent twice, and the 99th percentile "
            f"would be {found['p99']:.0f} ms."
        ),
    )


# ── what independence was worth ─────────────────────────────────────────────────────────────────────────

DRAWN = 30_000
"""Searches that are drawn for each line."""
WORLDS: Mapping[str, dict[str, float]] = {
    "each server by itself": {},
    "a tenth hits both replicas": FAULTS["a tenth of the pauses hits both replicas"],
    "all leaves at the same time": FAULTS["all leaves pause at the same time"],
}


def independence() -> None:
    """Print what the formulas say of a search whose leaves pause half a per cent of the time, and what is drawn where
    the pauses hit servers alone, both replicas, or all leaves together."""
    leaves, delay = leaves_of(DESIGN, HUNDRED)
    busy, _ = leaves.settled(delay, CANCELLED)
    said = [leaves.search(q, 100, 100, busy, delay) for q in (0.99, 0.999)]
    print(f"{'whom a pause hits':<30}{'p99':>8}{'÷ formula':>12}{'p99.9':>9}{'÷ formula':>12}")
    print(f"{'formula, of one leaf alone':<30}{said[0]:>5.0f} ms{'':>12}{said[1]:>6.0f} ms")
    for name, world in WORLDS.items():
        found = np.quantile(searches(world), (0.99, 0.999))
        shares = [drawn / formula for drawn, formula in zip(found, said, strict=True)]
        print(f"{name:<30}{found[0]:>5.0f} ms{shares[0]:>12.2f}{found[1]:>6.0f} ms{shares[1]:>12.2f}")
    print(f"\n{DRAWN:,} searches of 100 leaves a line; in each a leaf pauses half a per cent of the time")


def searches(world: dict[str, float]) -> Any:
    """Times in ms of :data:`DRAWN` searches with pauses as in ``world``: two copies of each leaf are drawn, and the second
    counts from the delay on."""
    leaves, delay = leaves_of(DESIGN, HUNDRED | world)
    busy, _ = leaves.settled(delay, CANCELLED)
    rng, shape = np.random.default_rng(7), (DRAWN, 100)
    both = rng.random(shape) < leaves.pause * leaves.both
    alone = leaves.pause * (1 - leaves.both)
    first, second = (
        rng.exponential(SERVICE_MS / (1 - busy), shape) + PAUSE_MS * (both | (rng.random(shape) < alone))
        for _ in range(2)
    )
    together = PAUSE_MS * (rng.random(DRAWN) < leaves.together)
    return np.minimum(first, delay + second).max(axis=1) + together


# ── a leaf that must answer ─────────────────────────────────────────────────────────────────────────────

DEADLINE_MS = 90.0  # chosen: the opening's
"""After which an answer without the filter's verdict is refused."""


class Judged(NamedTuple):
    """What a way to wait costs: the ``p99`` in ms, answers a second ``without`` the filter's verdict, and answers in a
    million that are ``refused`` since it was late."""

    p99: float
    without: float
    refused: float


def judged(world: dict[str, float]) -> dict[str, Judged]:
    """A search that waits for any 99 of 100 leaves, and one that waits for the filter and 98 of the other 99."""
    leaves, delay = leaves_of(DESIGN, HUNDRED | world)
    busy, _ = leaves.settled(delay, CANCELLED)
    done = 1 - leaves.hedged(GRID, busy, delay)
    any99, with_filter = (
        float(np.interp(0.99, answered, GRID))
        for answered in (at_least(99, 100, done), done * at_least(98, 99, done))
    )
    refused = 1e6 * float(leaves.hedged(np.array(DEADLINE_MS), busy, delay))
    return {
        "any 99 of 100": Judged(any99, SEARCHES / 100, 0.0),
        "the filter, and 98 of 99": Judged(with_filter, 0.0, refused),
    }


def mandatory() -> None:
    """Print what it costs that one leaf of a hundred, the safety filter, may be left out, or must answer."""
    print(f"{'':<34}{'p99':>8}{'no verdict':>14}{'refused':>14}")
    print(f"{'a search waits for':<34}{'ms':>8}{'a second':>14}{'in a million':>14}")
    for name in ("each server by itself", "a tenth hits both replicas"):
        print(f"a pause: {name}")
        for way, found in judged(WORLDS[name]).items():
            print(f"  {way:<32}{found.p99:>8.0f}{found.without:>14.0f}{found.refused:>14.0f}")
