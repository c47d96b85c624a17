"""Day 2's picture, the wait against how busy a server is, and the tables of Run: what bursts cost, what pooling saves."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from course.notebook.predictions import Prediction
from course.systems.simulate.capacity import cores_month_usd
from course.systems.simulate.queues import lindley_waits, mmc_mean_wait, servers_for
from datasets.requests import draw, quantiles

RUNS, REQUESTS = 20, 20_000
"""Every figure of a kind of traffic is over so many servers, each with so many requests of its own."""
KINDS = ("code", "conversation", "Poisson")
LOOKS: Mapping[str, tuple[str, str]] = {
    "code": ("#1f4e79", "o"),
    "conversation": ("#b35900", "s"),
    "Poisson": ("#777777", "^"),
}


class Wait(NamedTuple):
    """How long one waits, in mean service times: on average, give or take two standard errors, and the slowest in a
    hundred; and the share that waits at all."""

    mean: float
    error: float
    p99: float
    waiting: float


@cache
def _traffic(kind: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gaps and work with a mean of 1 in every run; gaps and work of a trace are drawn independently."""
    rng, shape = np.random.default_rng(2), (RUNS, REQUESTS)
    if kind == "Poisson":
        gaps, work = rng.standard_exponential(shape), rng.standard_exponential(shape)
    else:
        table = quantiles(kind)
        gaps, work = (
            draw(table[name], RUNS * REQUESTS, rng).reshape(shape)
            for name in ("interarrival_s", "output_tokens")
        )
    return gaps / gaps.mean(axis=1, keepdims=True), work / work.mean(axis=1, keepdims=True)


@cache
def wait_at(kind: str, busy: float) -> Wait:
    """The wait at one server that is busy a share ``busy`` of the time."""
    gaps, work = _traffic(kind)
    waits = lindley_waits(gaps, busy * work) / busy
    means = waits.mean(axis=1)
    error = 2 * means.std(ddof=1) / np.sqrt(RUNS)
    return Wait(float(means.mean()), float(error), float(np.quantile(waits, 0.99)), float((waits > 0).mean()))


def variation(kind: str) -> tuple[float, float]:
    """The coefficients of variation of gaps and of work, as they were drawn: means of the runs."""
    gaps, work = (column.std(axis=1).mean() for column in _traffic(kind))
    return float(gaps), float(work)


def kingman(kind: str, busy: float) -> float:
    """Kingman's approximation of the mean wait: (ca² + cs²)/2 · ρ/(1 − ρ), in mean service times."""
    gaps, work = variation(kind)
    return (gaps**2 + work**2) / 2 * busy / (1 - busy)


def knees(shares: Sequence[float]) -> Any:
    """A function that draws the mean wait and the 99th percentile against how busy the server is, for three kinds."""

    def picture(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(7.5, 4.6), dpi=80)
        percent, means = [100 * busy for busy in shares], []
        for kind, (colour, marker) in LOOKS.items():
            found = [wait_at(kind, busy) for busy in shares]
            mean = [each.mean for each in found]
            means += axes.plot(percent, mean, "-", marker=marker, color=colour, label=f"{kind}, mean")
            late = [each.p99 for each in found]
            axes.plot(percent, late, ":", marker=marker, fillstyle="none", color=colour, label=f"{kind}, p99")
        prediction.mark(axes)
        axes.set(
            yscale="log",
            ylim=(0.05, 20_000),
            xlim=(7, 99),
            xlabel="how busy the server is, %",
            ylabel="wait ÷ mean service time (log scale)",
        )
        axes.set_xticks(range(10, 100, 20))
        axes.set_yticks([0.1, 1, 10, 100, 1000, 10_000], labels=["0.1", "1", "10", "100", "1,000", "10,000"])
        axes.minorticks_off()
        code, poisson = wait_at("code", 0.5), wait_at("Poisson", 0.5)
        title = f"Half busy: a Poisson request waits {poisson.mean:.1f} services, a request for code {code.mean:.0f}"
        axes.set_title(title, loc="left", fontsize=11)
        axes.legend(
            handles=means, frameon=False, loc="upper left", fontsize=9, title="dotted above each: p99"
        )
        plt.show()

    return picture


def causes(busy: float) -> None:
    """Print what lies behind the waits at ``busy``: how gaps and work vary, what Kingman's formula makes of it, and the
    share of the time that the longest hundredth of the code log's gaps takes."""
    print(
        f"{'at ' + format(busy, '.0%') + ' busy':<14}{'mean wait':>18}{'p99':>7}{'waits':>7}{'CV gaps':>10}{'CV work':>9}{'Kingman':>9}"
    )
    for kind in KINDS:
        found, (gaps, work) = wait_at(kind, busy), variation(kind)
        mean = f"{found.mean:.2f} ± {found.error:.2f}"
        print(
            f"{kind:<14}{mean:>18}{found.p99:>7.1f}{found.waiting:>7.0%}{gaps:>10.2f}{work:>9.2f}{kingman(kind, busy):>9.2f}"
        )
    ordered = np.sort(_traffic("code")[0], axis=1)
    longest = ordered[:, -REQUESTS // 100 :].sum() / ordered.sum()
    print(f"\ncode: the longest gap in each hundred makes up {longest:.0%} of all the time")


def pooling() -> None:
    """Print what one line for all is worth, and how many workers keep one wait at a rate and at fifteen times the rate."""
    print("mean wait ÷ mean work     one server    ten servers, one line")
    for busy in (0.5, 0.8, 0.9, 0.95):
        print(
            f"{busy:>9.0%} busy {mmc_mean_wait(busy, 1, 1):>19.2f} {mmc_mean_wait(10 * busy, 1, 10):>20.3f}"
        )
    print("\n99 of 100 wait at most 50 ms, for work of 50 ms on average")
    for rate in (200, 3000):
        number = servers_for(rate, 0.05, 0.05)
        busy = rate * 0.05 / number
        print(
            f"  {rate:>5,} a second: {number:>3} workers, {busy:.0%} busy, ${cores_month_usd(number):,.0f} a month"
        )
