"""Day 8's picture, answers in time against the load, and the tables of Run: lines, throttles, limits."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from course.days.day08_overload.interview import ABUSE
from course.notebook.predictions import Prediction
from course.systems.cluster.adaptive import AdaptiveConcurrency
from course.systems.cluster.crowd import (
    P95_S,
    PATIENCE_S,
    SERVICE_S,
    WORKERS,
    Crowd,
    Served,
    crowd,
    in_time_by_class,
    serve,
)
from course.systems.cluster.front_door import MEMORY_S, Doors
from course.systems.cluster.limited import Limited
from course.systems.cluster.lines import Chosen, InOrder, Line
from course.systems.cluster.shed import next_request
from course.systems.cluster.throttle import ClientThrottle
from course.systems.cluster.token_bucket import TokenBucket
from course.systems.simulate.impatience import in_time_share

LINES: Mapping[str, Callable[[], Line]] = {
    "all, in order": InOrder,
    "in order, the expired thrown away": lambda: InOrder(0.0),
    "in order, if the mean is left": lambda: InOrder(SERVICE_S),
    "in order, if the 95th percentile is left": lambda: InOrder(P95_S),
    "the newest first": lambda: InOrder(0.0, newest=True),
    "in order, room for 100": lambda: InOrder(room=100),
}
"""Ways to keep a line."""
SECONDS = 40.0
LOADS = (1.02, 1.1, 2.0)


@cache
def served(line: str, load: float) -> Served:
    """Who is answered in time by a line, at a load."""
    return serve(_comes(load), LINES[line]())


@cache
def _comes(load: float) -> Crowd:
    return crowd(load, SECONDS)


def answered(load: float) -> float:
    """The share of all requests, in %, that is answered in time where the expired are thrown away."""
    return 100 * served("in order, the expired thrown away", load).in_time


def shares() -> Any:
    """A function that draws what is answered in time against the load: exact curves, and what was simulated."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(7.5, 4.4), dpi=80, layout="constrained")
        loads = np.array([0.8, 0.9, 0.95, *np.arange(0.98, 1.2, 0.01), *np.arange(1.2, 2.01, 0.05)])
        rates = loads * WORKERS / SERVICE_S
        best = 100 / np.maximum(1, loads)
        curves = axes.plot(loads, best, color="#777777", linestyle=":", label="no work wasted")
        looks = {
            "in order, if the 95th percentile is left": (P95_S, "#12324d", "s", "only what can be met"),
            "in order, the expired thrown away": (0.0, "#b35900", "o", "the expired thrown away"),
        }
        for line, (needs, colour, marker, label) in looks.items():
            exact = [100 * in_time_share(rate, SERVICE_S, WORKERS, PATIENCE_S, needs) for rate in rates]
            curves += axes.plot(loads, exact, color=colour, marker=marker, markevery=[], label=label)
            found = [100 * served(line, load).in_time for load in LOADS]
            axes.plot(LOADS, found, marker, color=colour, label=f"{label}, simulated")
        prediction.mark(axes)
        axes.set(
            xlabel="load: what comes ÷ what the workers can do",
            ylabel="answered in time, % of all",
            ylim=(0, 120),  # the legend has the room above the curves
            xlim=(0.78, 2.04),
        )
        axes.set_xticks([0.8, 1.0, 1.1, 1.2, 1.4, 1.6, 1.8, 2.0])
        axes.set_title(f"A tenth too much, and only {answered(1.1):.0f}% are answered in time", loc="left")
        axes.set_yticks(range(0, 101, 20))
        axes.legend(handles=curves, frameon=False, loc="upper center", ncols=3, fontsize=9, columnspacing=1.2)
        plt.show()

    return draw


def lines() -> None:
    """Print what each way to keep a line answers in time, and at a load of 1.1 what it answers too late."""
    print(
        f"{'answered in time at load':<42}" + "".join(f"{load:>7}" for load in LOADS) + "   too late at 1.1"
    )
    for name in LINES:
        found = {load: served(name, load) for load in LOADS}
        cells = "".join(f"{each.in_time:>7.1%}" for each in found.values())
        print(f"{name:<42}{cells}{found[1.1].late:>18.1%}")
    important, other = in_time_by_class(crowd(1.1, 3.5, important=0.3), Chosen(next_request, P95_S))
    print(
        f"\nthree in ten matter more and go first, at 1.1: {important:.1%} of them, {other:.1%} of the others"
    )
    fixed = serve(crowd(1.1, SECONDS, fixed=True), InOrder(0.0)).in_time
    print(
        f"the expired thrown away, at 1.1, where every request takes exactly {1000 * SERVICE_S:.0f} ms: {fixed:.1%}"
    )


def throttled(k: float, failing: float) -> float:
    """What a client lets out in the end, at an idle server that fails a share of what it gets: a thousand seconds on."""
    throttle = ClientThrottle(k, MEMORY_S)
    for _ in range(10_000):
        out = 1 - throttle.refuses
        throttle.saw(60.0, 60.0 * out * (1 - failing), 0.1)
    return 1 - throttle.refuses


def throttles() -> None:
    """Print from which share of errors on a throttle shuts itself off, and what it lets out on both sides of that."""
    print("    K   shuts off above   lets out 2 points below   2 points above")
    for k in (1.1, 1.3, 2):
        edge = 1 - 1 / k
        print(f"{k:>5} {edge:>16.1%} {throttled(k, edge - 0.02):>25.1%} {throttled(k, edge + 0.02):>16.1%}")


def quotas() -> None:
    """Print, while a script asks 2,000 times a second, whom quotas of different sizes stop."""
    print("quota   people answered   largest honest tenant refused   of the script let in")
    for share in (0.08, 0.12, 0.17, 0.3, 1.0):
        found = Doors(TokenBucket).measure({"queue": 400, "share": share, "K": 1.1}, ABUSE)
        print(
            f"{share:>5.0%} {found['good']:>17.1%} {found['stopped']:>31.1%} {found['script']:>14.0f} a second"
        )


def limits() -> None:
    """Print which limit is found at three loads, and what becomes of it when everything takes three times as long."""
    print(f"{'load':<24}limit found   answers/s   mean time")
    for load in (0.3, 1.2, 3.0):
        _row(f"{load:<4}", Limited(AdaptiveConcurrency).seconds(load, 20)[-10:])
    _row("1.2, three times slower", Limited(AdaptiveConcurrency).seconds(1.2, 20, slower=3.0)[-5:])


def _row(name: str, seconds: Any) -> None:
    limit, answers, mean = (
        float(np.mean([getattr(each, field) for each in seconds]))
        for field in ("limit", "answers", "mean_ms")
    )
    print(f"{name:<24}{limit:>11.0f}{answers:>12.0f}{mean:>9.0f} ms")
