"""Day 5's pictures and lines: what a counter shows, and what was measured of one key's copies."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from course.days.day05_replication_and_quorums.counter import Counted, count
from course.notebook.predictions import Prediction
from course.systems.cluster.versions import latest, reconcile

SEEDS = 8
"""Runs over which every mean of the counter is taken."""
WAYS: Mapping[str, Mapping[str, Any]] = {
    "2 read, 2 write": {},
    "3 read, 3 write": {"r": 3, "w": 3},
    "20 ms between edits": {"pause": 20.0},
    "one client alone": {"clients": 1},
}
RULES: Mapping[str, Callable[..., Any]] = {"last write wins": latest, "both are kept": reconcile}


@cache
def runs(way: str, rule: str) -> tuple[Counted, ...]:
    """The counter's runs, one a seed."""
    return tuple(count(RULES[rule], seed=seed, **WAYS[way]) for seed in range(SEEDS))


def shows(way: str, rule: str) -> float:
    """What the counter shows in the end, mean of :data:`SEEDS` runs."""
    return sum(run.shows for run in runs(way, rule)) / SEEDS


def counters() -> Any:
    """A function that draws what the counter shows, of 200 increments that were acknowledged, for each way and rule."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(7.5, 4.2), dpi=80, layout="constrained")
        styles = {"last write wins": ("#c8690a", "o"), "both are kept": ("#12324d", "s")}
        for offset, (rule, (color, marker)) in zip((0.14, -0.14), styles.items(), strict=True):
            places = [len(WAYS) - 1 - place + offset for place in range(len(WAYS))]
            means = [shows(way, rule) for way in WAYS]
            ends = [[run.shows for run in runs(way, rule)] for way in WAYS]
            spread = [
                [mean - min(end) for mean, end in zip(means, ends, strict=True)],
                [max(end) - mean for mean, end in zip(means, ends, strict=True)],
            ]
            axes.errorbar(means, places, xerr=spread, fmt=marker, color=color, capsize=4, label=rule)
        axes.axvline(200, color="#777777", linewidth=0.8)
        prediction.mark(axes, "x")
        axes.set_yticks(range(len(WAYS)), [*WAYS][::-1])
        axes.set(
            xlabel="what the counter shows (mean and range of 8 runs)",
            xlim=(80, 215),
            ylim=(-0.6, len(WAYS) - 0.4),
        )
        axes.set_title("200 increments were acknowledged; overlap alone does not keep them", loc="left")
        axes.legend(frameon=False, loc="upper left")
        plt.show()

    return draw
