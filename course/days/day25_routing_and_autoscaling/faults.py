"""Day 25's faults: which promise of a router and an autoscaler breaks under which; and what each signal says of
a load.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from course.checking.port import subjects
from course.checking.subject import Subject
from course.days.day25_routing_and_autoscaling.interview import NIGHT, NINE, PROMPTS
from course.days.day25_routing_and_autoscaling.service import measure
from course.notebook.breaking import Measures, Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.page import Page
from course.systems.serving.app_traffic import Traffic, jobs_of
from course.systems.serving.autoscaler import Autoscaler
from course.systems.serving.fleet import Sample, Setting, serve
from course.systems.serving.router import prefix_affinity, two_choices

PROMISES = (
    Promise("soon by day", "95th percentile of the first token, ms", 200, digits=0),
    Promise("read once", "share of prompts whose beginning is cached, by day", 0.7, at_least=True),
    Promise("cheap at night", "GPU-seconds a request, at 2 a second", 2.0),
    Promise(
        "soon at nine", "95th percentile of the first token, ms, 14 a second within one second", 200, digits=0
    ),
)
DESIGN: Mapping[str, Any] = {"route": "bound 1.25", "per_replica": 16, "spare": 2}
Loads = tuple[Mapping[str, float], Mapping[str, float], Mapping[str, float]]
CALM: Loads = (PROMPTS, NIGHT, NINE)
"""A day with six replicas, a night, and nine o'clock."""
FAULTS: Mapping[str, Loads] = {
    "one application takes 40% of the traffic": (PROMPTS | {"hot": 0.4}, NIGHT, NINE),
    "64 applications in the place of 32": (PROMPTS | {"apps": 64}, NIGHT, NINE),
    "loads at the router are five seconds old": (
        PROMPTS | {"report_s": 5},
        NIGHT | {"report_s": 5},
        NINE | {"report_s": 5},
    ),
    "one prompt in six begins with a date": (
        PROMPTS | {"unique": 1 / 6},
        NIGHT | {"unique": 1 / 6},
        NINE | {"unique": 1 / 6},
    ),
    "a replica takes three minutes to start": (PROMPTS, NIGHT | {"cold_s": 180}, NINE | {"cold_s": 180}),
    "nine o'clock is ten times the night": (PROMPTS, NIGHT, NINE | {"surge": 10, "requests": 2_100}),
}


def under(fault: str, expected: Prediction, two: object, affinity: object, scaler: object) -> Page:
    """What the fault does to the learner's own objects: see :func:`~course.notebook.breaking.under_fault`."""
    two, affinity, scaler = played("day25", two, affinity, scaler)

    def run(fault: str) -> Run:
        own = subjects(two, affinity, scaler)
        beside = {
            f"with {name}": _measured({**DESIGN, "route": route}, FAULTS[fault], *own)
            for name, route in (("no bound", "no bound"), ("two choices", "two"))
        }
        return Run(
            PROMISES, _measured(DESIGN, CALM, *own), _measured(DESIGN, FAULTS[fault], *own), beside=beside
        )

    return under_fault(fault, expected, FAULTS, run, two, affinity, scaler)


def _measured(
    design: Mapping[str, Any], loads: Loads, two: Subject, affinity: Subject, scaler: Subject
) -> Measures:
    day, night, nine = (measure(design, load, two, affinity, scaler) for load in loads)
    return {
        "soon by day": day["ttft"],
        "read once": day["hits"],
        "cheap at night": night["gpu"],
        "soon at nine": nine["ttft"],
    }


# ── what each signal says ───────────────────────────────────────────────────────────────────────────────

RATES = (0.25, 0.5, 1, 2, 4, 6, 8, 10, 12)
"""Requests a second at one replica that has all beginnings."""


def signals_at(rate: float) -> dict[str, float]:
    """The share of time that one replica computes, its requests in flight and in line, and the 95th percentile
    of the first token in ms.
    """
    seen = serve(
        jobs_of(Traffic(400, rate, apps=4)), lambda job, loads, rng: next(iter(loads)), Setting(replicas=1)
    )
    return {
        "busy": min(1.0, seen.busy_ms / seen.ended_ms),
        "in flight": float(np.mean(seen.loads)),
        "ttft": seen.p95_ms,
    }


def signals() -> None:
    """Print what two signals say of one replica at each rate, and what users meet."""
    print(f"{'requests a second':<20}{'computing':>12}{'in flight':>12}{'first token, p95':>19}")
    for rate in RATES:
        found = signals_at(rate)
        print(f"{rate:<20g}{found['busy']:>12.1%}{found['in flight']:>12.1f}{found['ttft']:>16,.0f} ms")


class ByTime(Autoscaler):
    """An autoscaler that goes by the shares of time in which replicas compute."""

    def desired(self, samples: Sequence[Sample], starting: int) -> int:
        """As the parent, with as many in flight as would stand for that share."""
        scale = self.per_replica / self.busy
        return super().desired(
            [each._replace(in_flight=each.busy_share * scale) for each in samples], starting
        )


def costs() -> None:
    """Print what a fleet costs and does at night and at nine, by each of the two signals."""
    print(f"{'':<16}{'':>7}{'at night':>18}{'':>14}{'at nine':>18}")
    print(f"{'signal':<16}{'spare':>7}" + f"{'GPU-s a request':>18}{'first token':>14}" * 2)
    for name, scaler in (("time computing", ByTime), ("in flight", Autoscaler)):
        for spare in (0, 2):
            own = subjects(two_choices, prefix_affinity, scaler)
            night, nine = (measure({**DESIGN, "spare": spare}, load, *own) for load in (NIGHT, NINE))
            both = "".join(f"{seen['gpu']:>18.2f}{seen['ttft']:>11,.0f} ms" for seen in (night, nine))
            print(f"{name:<16}{spare:>7}{both}")


# ── whose beginnings are new ────────────────────────────────────────────────────────────────────────────

HONEST, DATED, WINDOW = 0.08, 1 / 3, 20
"""Shares of prompts with a beginning of their own: everybody's, and those of one application since its deploy; and
how many of an application's last requests the guard looks at."""
CARELESS = "app 5"
THRESHOLDS = (0.2, 0.3, 0.4, 0.5)


def flagged(threshold: float, requests: int = 6_000) -> dict[str, int]:
    """After how many of its requests each application is flagged, for those that are: when more than
    ``threshold`` of its last :data:`WINDOW` had a beginning that nobody had sent before. No fleet is played."""
    seen, found = set[str](), dict[str, int]()
    last: dict[str, list[bool]] = defaultdict(list)
    for job in jobs_of(Traffic(requests, 24, unique=HONEST)):
        app, beginning = str(job.prefix).split(",")[0], str(job.prefix)
        if app == CARELESS and len(last[app]) % round(1 / DATED) == 0:
            beginning = f"{app}, dated {job.id}"
        last[app].append(beginning not in seen)
        seen.add(beginning)
        if len(last[app]) >= WINDOW and sum(last[app][-WINDOW:]) > threshold * WINDOW:
            found.setdefault(app, len(last[app]))
    return found


def guard() -> None:
    """Print at each threshold when the careless application is named, and how many are flagged for nothing."""
    print(f"{'more than':<12}{'the careless one is named after':>34}{'flagged for nothing':>24}")
    for threshold in THRESHOLDS:
        found = flagged(threshold)
        wrongly = len(found.keys() - {CARELESS})
        after = f"{found[CARELESS]} of its requests" if CARELESS in found else "never"
        print(f"{threshold:<12.0%}{after:>34}{wrongly:>18} of 31")
