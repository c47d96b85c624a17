"""Day 4's picture, how many points even a ring out, and the rules that a ring is compared with."""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from functools import cache
from statistics import mean
from typing import Any

from course.notebook.predictions import Prediction
from course.systems.cluster.jump import jump_hash
from course.systems.cluster.position import BITS, position
from course.systems.cluster.ring import HashRing

KEYS = [f"user:{i}" for i in range(20_000)]


def by_modulo(servers: int) -> dict[str, str]:
    """The owner of each of ``KEYS`` by remainder."""
    return {key: str(position(key) % servers) for key in KEYS}


def by_jump(servers: int) -> dict[str, str]:
    """The owner of each of ``KEYS`` by jump consistent hash."""
    return {key: str(jump_hash(position(key), servers)) for key in KEYS}


def shares(servers: int, vnodes: int, label: str) -> list[float]:
    """Each server's share of the ring, times the number of servers: 1.0 is a fair share. Exact, from the arcs."""
    ring = HashRing(vnodes)
    for i in range(servers):
        ring.add(f"{label}-{i}")
    owned = dict.fromkeys(ring.weights, 0)
    before = ring.points[-1][0] - 2**BITS
    for at, node in ring.points:
        owned[node] += at - before
        before = at
    return [arc * servers / 2**BITS for arc in owned.values()]


RINGS = 40
"""Rings, each with servers of other names, over which every mean of this day is taken."""


@cache
def busiest_of(servers: int, vnodes: int) -> float:
    """The busiest server's share over the fair share: mean of :data:`RINGS` rings."""
    return mean(max(shares(servers, vnodes, f"fleet{trial}")) for trial in range(RINGS))


def heirs(servers: int, vnodes: int) -> tuple[float, float]:
    """When the busiest server dies: how many take over, and the largest part that one of them takes; means."""
    counts, largest = zip(*(_heirs(servers, vnodes, f"fleet{trial}") for trial in range(RINGS)), strict=True)
    return mean(counts), mean(largest)


def _heirs(servers: int, vnodes: int, label: str) -> tuple[int, float]:
    owned = shares(servers, vnodes, label)
    dead = f"{label}-{owned.index(max(owned))}"
    ring = HashRing(vnodes)
    for i in range(servers):
        ring.add(f"{label}-{i}")
    taken: Counter[str] = Counter()
    before = ring.points[-1][0] - 2**BITS
    lost = [
        (at - earlier, at)
        for earlier, (at, node) in zip([before, *(p for p, _ in ring.points)], ring.points, strict=False)
        if node == dead
    ]
    ring.remove(dead)
    for arc, at in lost:
        taken[ring.points[bisect_left(ring.points, (at, "")) % len(ring.points)][1]] += arc
    return len(taken), max(taken.values()) / sum(taken.values())


def spread(servers: int, counts: Sequence[int]) -> Any:
    """A function that draws the busiest server over its fair share, against points a server."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        measured = [busiest_of(servers, count) for count in counts]
        _, axes = plt.subplots(figsize=(7.5, 4), dpi=80)
        axes.plot(counts, measured, "o-", color="#1f4e79", label="measured, mean of 40 rings")
        # A share of v exponential arcs has a relative standard deviation of 1/√v (Gamma); the largest of n lies
        # about √(2 ln n) of them above the mean.
        theory = [1 + math.sqrt(2 * math.log(servers)) / math.sqrt(count) for count in counts]
        axes.plot(counts, theory, ":", color="#777777", label="1 + √(2 ln n) / √points")
        axes.axhline(1, color="#777777", linewidth=0.8)
        prediction.mark(axes)
        axes.set(
            xscale="log",
            xlabel="points a server (log scale)",
            ylabel="busiest server ÷ fair share",
            ylim=(0.8, None),
        )
        axes.set_title(f"Four times the points only halve the excess ({servers} servers)", loc="left")
        axes.legend(frameon=False)
        plt.show()

    return draw
