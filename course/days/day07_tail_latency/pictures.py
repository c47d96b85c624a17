"""Day 7's picture and tables: what a second copy does to the tail at each load, and what becomes of the loser."""

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from course.notebook.predictions import Prediction
from course.systems.simulate.actions import Action
from course.systems.simulate.hedged_leaves import PAUSE_MS, SERVICE_MS, Leaves, most_busy
from course.systems.simulate.hedged_queues import HedgedServers, Ran
from course.systems.simulate.hedging import Hedge

SHARE = 0.05
"""The slowest share of requests, which gets a second copy: a delay at the 95th percentile."""
LOADS = (0.5, 0.6, 0.7, 0.75, 0.8)
REQUESTS = 40_000
"""Of each simulated point, at 50 servers."""
SEED = 3


class RunsOn(Hedge):
    """A hedge whose loser is left alone."""

    def on_answer(self, copy: int, now: float) -> list[Action]:
        """The answer, without a cancel."""
        return [action for action in super().on_answer(copy, now) if action[0] != "cancel"]


KINDS: dict[str, Callable[[float], Hedge]] = {"the loser runs on": RunsOn, "the loser is cancelled": Hedge}


@cache
def ran(kind: str, busy: float) -> Ran:
    """A pool that is ``busy``, with a second copy after the 95th percentile that it had without."""
    delay = -math.log(SHARE) / (1 - busy)  # of M/M/1, in mean service times
    return HedgedServers(lambda: KINDS[kind](delay), busy, seed=SEED).run(REQUESTS)


def alone(busy: float) -> float:
    """The 99th percentile without second copies, in mean service times: M/M/1, exact."""
    return math.log(100) / (1 - busy)


def feeding(prediction: Prediction) -> None:
    """Draw the 99th percentile against how busy the servers are with first copies, without and with second copies."""
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(figsize=(7.5, 4.6), dpi=80, layout="constrained")
    limit = 100 * most_busy(SHARE)
    low = max(0.0, min(45.0, prediction.value - 5)) if isinstance(prediction.value, float) else 45.0
    axes.axvspan(limit, 100, color="#b35900", alpha=0.12, linewidth=0)
    axes.text(
        limit + 1, 3.4, "second copies make more\nsecond copies", fontsize=9, color="#8a4500", va="bottom"
    )
    curve = [place / 100 for place in range(45, 96, 5)]
    axes.plot(
        [100 * busy for busy in curve],
        [alone(busy) for busy in curve],
        ":",
        color="#555555",
        label="no second copy (exact)",
    )
    found = [ran("the loser runs on", busy).p99 for busy in LOADS]
    percent = [100 * busy for busy in LOADS]
    axes.plot(
        percent, found, "-", marker="s", color="#b35900", label="a second copy after the p95 (simulated)"
    )
    prediction.mark(axes, "x")
    axes.set(
        yscale="log",
        xlim=(low, 100),
        ylim=(3, 2500),
        xlabel="how busy the servers are with first copies, %",
        ylabel="p99 ÷ mean service time (log scale)",
    )
    axes.set_yticks([10, 100, 1000], labels=["10", "100", "1,000"])
    axes.minorticks_off()
    axes.set_title(f"A second copy at the p95 feeds itself above {limit:.0f}% busy", loc="left", fontsize=11)
    axes.legend(frameon=False, loc="upper left", fontsize=9)
    plt.show()


def second_copies() -> None:
    """Print how many requests are sent twice at each load where the loser runs on, by the formula and simulated, and the
    99th percentile."""
    print(f"{'busy':<6}{'sent twice, formula':>21}{'simulated':>12}{'p99':>9}{'p99 without':>14}")
    for busy in LOADS:
        leaves = Leaves(busy, pause=0.0)
        settled, extra = leaves.settled(leaves.delay(SHARE), 1.0)
        formula, found = f"{extra:.1%}" if settled < 1 else "no end", ran("the loser runs on", busy)
        print(f"{busy:<6.0%}{formula:>21}{found.extra:>12.1%}{found.p99:>9.1f}{alone(busy):>14.1f}")
    print(f"\n{REQUESTS:,} requests a line at 50 servers; times in mean service times")


def losers() -> None:
    """Print what is sent twice, what of that is served twice, and the 99th percentile, for both things that may become of
    the loser."""
    print(f"{'':<6}{'the loser runs on':>27}{'the loser is cancelled':>38}")
    print(f"{'busy':<6}{'sent twice':>16}{'p99':>11}{'sent twice':>16}{'both served':>13}{'p99':>9}")
    for busy in LOADS:
        on, cancelled = (ran(kind, busy) for kind in KINDS)
        print(
            f"{busy:<6.0%}{on.extra:>16.1%}{on.p99:>11.1f}{cancelled.extra:>16.1%}{cancelled.both:>13.0%}{cancelled.p99:>9.1f}"
        )


def leaf_times(count: int) -> list[float]:
    """``count`` leaf times in ms from servers that are half busy, where one request in two hundred meets a pause."""
    rng = np.random.default_rng(SEED)
    queued = rng.exponential(SERVICE_MS / 0.5, count)
    times: list[float] = (queued + PAUSE_MS * (rng.random(count) < 0.005)).tolist()
    return times
