"""Day 9's pictures and lines: an outage that outlives its cause, and how far the traffic must fall."""

from collections.abc import Callable
from functools import cache
from typing import Any

from course.notebook.predictions import Prediction
from course.systems.cluster.retry_budget import RetryBudget
from course.systems.simulate.retries import CAPACITY, FLOOR, RATE, Trouble, Weathered, weather

OUTAGE = Trouble(down=10.0)
TIMEOUT_S = 0.2  # chosen: the interviewer's
LONGER_S = 0.5  # chosen: longer than the full queue
CUTS = (90, 70, 60, 50, 45, 40, 37, 36, 35, 34, 33, 30, 25)
"""Shares of the payments that are let in from second 30 on, in percent of what comes."""
SECONDS = 240.0


def after(
    *, timeout_s: float = TIMEOUT_S, ratio: float | None = None, trouble: Trouble = OUTAGE
) -> Weathered:
    """Payments around the outage; ``ratio`` is a retry budget's, None for three retries whatever happens."""
    budget = None if ratio is None else RetryBudget(ratio, FLOOR, FLOOR + RATE * ratio)
    return weather(trouble, timeout_s=timeout_s, budget=budget)


@cache
def cut_to(percent: int) -> Weathered:
    """The outage without a budget, with so many percent of the payments let in from second 30 on."""
    return after(trouble=Trouble(seconds=SECONDS, down=10.0, cut=percent / 100, cut_from=30.0))


def load(percent: int) -> float:
    """What is let in, in percent of the capacity."""
    return percent * RATE / CAPACITY


@cache
def comes_back() -> float:
    """The highest load, in percent of the capacity, at which it recovers."""
    return max(load(percent) for percent in CUTS if cut_to(percent).last >= 0.95)


def falls() -> Any:
    """A function that draws how many are answered after four minutes, by what is let in."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(7.5, 4.2), dpi=80, layout="constrained")
        loads = [load(percent) for percent in CUTS]
        axes.plot(loads, [100 * cut_to(percent).last for percent in CUTS], "o-", color="#12324d")
        prediction.mark(axes, "x")
        axes.set(
            xlabel="payments let in, % of what the healthy service can do",
            ylabel="answered in the last ten seconds, %",
            xlim=(0, 100),
            ylim=(-4, 108),
        )
        axes.set_title("Mended for minutes, and still down until traffic falls to a quarter", loc="left")
        plt.show()

    return draw


def seconds() -> Any:
    """Draw the share that is answered, second by second, with three retries and with a budget."""
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(figsize=(7.5, 3.6), dpi=80, layout="constrained")
    ways: tuple[tuple[str, Callable[[], Weathered], str, str], ...] = (
        ("three retries for every payment", lambda: after(), "#c8690a", "-"),
        ("retries paid by first tries, one in ten", lambda: after(ratio=0.1), "#12324d", "--"),
    )
    for label, way, color, style in ways:
        axes.plot([100 * share for share in way().answered], style, color=color, label=label)
    axes.axvspan(OUTAGE.down_from, OUTAGE.over, color="#dddddd", label="the service is away")
    axes.set(xlabel="seconds", ylabel="payments answered in time, %", xlim=(0, 40), ylim=(-4, 108))
    axes.set_title("The outage ends after ten seconds; its loop does not", loc="left")
    axes.legend(frameon=False, loc="center right")
    plt.show()


def fragile() -> None:
    """Print what of the same outage, at other settings and loads, comes back."""
    calm = [("400 a second", 400), ("500 a second", 500)]
    rows = [
        ("as above", after()),
        ("away for one second", after(trouble=Trouble(down=1.0))),
        *((name, after(trouble=Trouble(down=10.0, cut=rate / 700, cut_from=0.0))) for name, rate in calm),
        ("a timeout of 500 ms", after(timeout_s=LONGER_S)),
        ("a budget of one in ten", after(ratio=0.1)),
    ]
    for name, came in rows:
        back = f"after {came.recovery:.0f} s" if came.recovery < 60 else "never"
        print(f"{name:<24}{came.most:5.2f} attempts a payment at worst   back {back}")
