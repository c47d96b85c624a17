"""Day 25's picture and table: what old news does to each way to choose, and what each route does to first tokens."""

import functools
from collections.abc import Mapping

from course.checking.port import subjects
from course.days.day25_routing_and_autoscaling.interview import HOT, PROMPTS, STEADY
from course.days.day25_routing_and_autoscaling.service import measure
from course.notebook.predictions import Prediction
from course.systems.serving.autoscaler import Autoscaler
from course.systems.serving.fleet import Sample
from course.systems.serving.router import prefix_affinity, two_choices
from course.systems.simulate.balancing import Pick, choices_mean_time, least_of_all, mean_time

LOAD, SERVERS, ARRIVALS, SEED = 0.9, 20, 60_000, 3
AGES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
WAYS: Mapping[str, tuple[Pick, str, str]] = {
    "least loaded of all": (least_of_all, "#b35900", "s"),
    "less loaded of two": (two_choices, "#1f5fa8", "o"),
}


@functools.cache
def time_of(way: str, every: float) -> float:
    """Mean time in the system, in mean service times, with reports every so many of them."""
    return mean_time(WAYS[way][0], LOAD, servers=SERVERS, arrivals=ARRIVALS, every=every, seed=SEED)


def herd(prediction: Prediction) -> None:
    """Draw the mean time in the system against how often servers report."""
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(figsize=(7.5, 4.4), dpi=80, layout="constrained")
    anywhere = choices_mean_time(LOAD, 1)
    axes.axhline(anywhere, color="#555555", linestyle=":", linewidth=1.4)
    axes.text(0.1, anywhere * 1.06, "any server, unseen (exact)", fontsize=9, color="#444444")
    for way, (_, colour, marker) in WAYS.items():
        axes.plot(AGES, [time_of(way, age) for age in AGES], "-", marker=marker, color=colour, label=way)
    prediction.mark(axes)
    axes.set(
        yscale="log",
        xlabel="time between two reports, in mean service times",
        ylabel="mean time in system, in service times (log)",
    )
    axes.set_yticks([1, 2, 5, 10, 20, 50], labels=["1", "2", "5", "10", "20", "50"])
    axes.minorticks_off()
    axes.set_title("Old news makes the least loaded of all the worst choice", loc="left", fontsize=11)
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, fontsize=9)
    plt.show()


LOADS = {
    "nothing in common": STEADY,
    "2,000 tokens in common": PROMPTS,
    "one application has 40%": HOT,
}


def routes() -> None:
    """Print what each route does to the first token, to the cache, and to the fullest replica, with six replicas."""
    own = subjects(two_choices, prefix_affinity, Autoscaler)
    for name, load in LOADS.items():
        print(f"{name:<26}{'first token, p95':>18}{'hits':>8}{'fullest ÷ mean':>17}")
        for route in ("least", "two", "no bound"):
            found = measure({"route": route}, load, *own)
            told = {"least": "least loaded of all", "two": "two choices", "no bound": "by beginning"}[route]
            print(f"  {told:<24}{found['ttft']:>15,.0f} ms{found['hits']:>8.0%}{found['spread']:>17.1f}")


IN_FLIGHT = (
    (6, 7),
    (30, 30),
    (31, 32),
    (32, 32),
    (14, 13, 14, 13),
    (6, 5, 5, 6),
    (5, 6, 5, 6),
    (5, 5, 5, 6),
    (5, 4, 5),
)
"""Requests in flight by replica in each window, and how many replicas are starting in it."""
STARTING = (0, 0, 2, 2, 0, 0, 0, 0, 0)


def windows() -> None:
    """Print what the finished autoscaler desires, window after window."""
    own = Autoscaler(busy=0.5)  # chosen: so that both signals of a sample say the same
    for number, (in_flight, starting) in enumerate(zip(IN_FLIGHT, STARTING, strict=True), start=1):
        samples = [Sample(each * own.busy / own.per_replica, 0, each) for each in in_flight]
        wanted = own.desired(samples, starting)
        print(
            f"window {number}: demand {sum(in_flight) / own.per_replica:.2f}   answer {len(in_flight)}, starting {starting}   desired {wanted}"
        )
