"""A fleet under a router and an autoscaler of somebody's own: what its users meet, and what it costs."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence

from course.systems.serving.app_traffic import Surge, Traffic, jobs_of
from course.systems.serving.fleet import COLD_MS, Route, Scaler, Setting, serve
from course.systems.serving.replica import Job

Two = Callable[[Sequence[float], random.Random], int]
Affinity = Callable[[str, Mapping[str, float], float], str]

BOUNDS = {"bound 1.1": 1.1, "bound 1.25": 1.25, "bound 2": 2.0, "no bound": math.inf}
"""Ways to route by the beginning of a prompt, with the most that a replica may have, in times the mean."""
ROUTES = ("random", "two", *BOUNDS)


class FleetTrial:
    """Plays streams of requests with ``two`` choices, an ``affinity`` and a ``scaler``'s class."""

    def __init__(self, two: Two, affinity: Affinity, scaler: Callable[..., Scaler]) -> None:
        self.two, self.affinity, self.scaler = two, affinity, scaler
        self._known: dict[tuple[object, ...], dict[str, float]] = {}

    def told(self, design: Mapping[str, object], load: Mapping[str, float]) -> dict[str, float]:
        """``ttft``: 95th percentile of the time to the first token in ms; ``hits``: share of prompts whose
        beginning was cached; ``gpu``: GPU-seconds that a request costs.

        ``design``: ``route``, one of :data:`ROUTES`, or ``least`` for the least loaded of all; and, where the
        load has ``scaled``, ``per_replica`` and ``spare`` of the scaler. ``load``: ``requests``, ``rate`` a
        second, ``apps``, tokens of a ``prefix``, ``replicas`` to begin with; and where they are not usual,
        ``hot`` and ``unique`` of :class:`~course.systems.serving.app_traffic.Traffic`, ``surge``, by how much
        the rate grows from ``from_s`` to ``to_s``, ``lost_s``, when a third is lost, ``report_s``, how old
        loads are, and ``cold_s``, how long a replica takes to start. Played once for each.
        """
        knobs = ("route", "per_replica", "spare") if load.get("scaled") else ("route",)
        key = (*(design[knob] for knob in knobs), *sorted(load.items()))
        if key not in self._known:
            self._known[key] = self._play(design, load)
        return dict(self._known[key])

    def _play(self, design: Mapping[str, object], load: Mapping[str, float]) -> dict[str, float]:
        surge = (
            Surge(1_000 * load["from_s"], 1_000 * load["to_s"], load["surge"]) if load.get("surge") else None
        )
        traffic = Traffic(
            int(load["requests"]),
            load["rate"],
            apps=int(load["apps"]),
            prefix=int(load["prefix"]),
            hot=load.get("hot", 0.0),
            unique=load.get("unique", 0.0),
            surge=surge,
        )
        setting = Setting(
            int(load["replicas"]),
            lost_ms=1_000 * load["lost_s"] if load.get("lost_s") else math.inf,
            report_ms=1_000 * load.get("report_s", 0.0),
            cold_ms=1_000 * load["cold_s"] if load.get("cold_s") else COLD_MS,
        )
        scaler = None
        if load.get("scaled"):
            scaler = self.scaler(spare=design["spare"], per_replica=design["per_replica"])
        seen = serve(
            jobs_of(traffic), route_of(str(design["route"]), self.two, self.affinity), setting, scaler
        )
        return {"ttft": seen.p95_ms, "hits": seen.hit_share, "gpu": seen.gpu_s, "spread": seen.spread}


def route_of(way: str, two: Two, affinity: Affinity) -> Route:
    """One of :data:`ROUTES`, or ``least`` for the least loaded of all, by somebody's own functions."""
    if way in BOUNDS:
        return lambda job, loads, rng: affinity(str(job.prefix), loads, BOUNDS[way])
    if way == "least":
        return lambda job, loads, rng: min(loads, key=loads.__getitem__)
    if way == "random":
        return lambda job, loads, rng: rng.choice(list(loads))

    def of_two(job: Job, loads: dict[str, float], rng: random.Random) -> str:
        return list(loads)[two(list(loads.values()), rng)]

    return of_two
