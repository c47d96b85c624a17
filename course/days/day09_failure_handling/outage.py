"""Day 9's incident: six causes that all take the 95th percentile from 100 to about 2,000 ms, and what each graph shows.

Latencies of all graphs are drawn from one model, so that they agree with each other.
"""

from functools import cache
from typing import Any

import numpy as np

from course.interview.incident import Cause, Graph, Incident

REQUESTS, REPLICAS, SEED = 40_000, 10, 9
PAYING, HITS, COLD_HITS = 0.08, 0.93, 0.45
"""Shares of requests that call the payment service, and that a warm and a cold cache answer."""
MENDS = {
    "slow replica": "take replica 7 out of rotation, then ask why it is slow",
    "cold cache": "roll back the change of the cache's keys, or warm it before traffic; the database queues until then",
    "pool held": "end the report that holds 18 of 20 connections, and give reports a pool of their own",
    "pauses": "roll back: the new version allocates, and collects garbage for seconds",
    "retries": "switch retries off until attempts a request are back at 1, then give them a budget",
    "dependency": "open the breaker on the payment service: pay later, and answer the rest at once",
}


@cache
def percentiles(cause: str) -> dict[str, float]:
    """What the graphs of latency show under ``cause``, "" for a calm hour; ms."""
    rng: Any = np.random.default_rng(SEED)
    replica = rng.integers(0, REPLICAS, REQUESTS)
    pays = rng.random(REQUESTS) < PAYING
    hit = rng.random(REQUESTS) < (COLD_HITS if cause == "cold cache" else HITS)
    database = rng.lognormal(np.log(45), 0.45, REQUESTS)
    web = rng.lognormal(np.log(33), 0.52, REQUESTS)
    partner = rng.lognormal(np.log(30), 0.4, REQUESTS) * (60 if cause == "dependency" else 1)
    if cause == "cold cache":
        database = database + rng.exponential(830, REQUESTS)  # eight times the misses: the database queues
    elif cause == "pool held":
        web = web + np.where(hit, 0, rng.exponential(5900, REQUESTS))
    elif cause == "retries":
        web = web + rng.exponential(660, REQUESTS)
    elif cause == "slow replica":
        web = np.where(replica == 7, web * rng.uniform(40, 90, REQUESTS), web)
    elif cause == "pauses":
        web = web + np.where(rng.random(REQUESTS) < 0.075, rng.uniform(1200, 2900, REQUESTS), 0)
    total = web + np.where(hit, 1.5, database) + np.where(pays, partner, 0)
    by_replica = [np.quantile(total[replica == number], 0.95) for number in range(REPLICAS)]
    return {
        "p95 of all requests": float(np.quantile(total, 0.95)),
        "p50 of all requests": float(np.quantile(total, 0.5)),
        "slowest replica over the median one": float(max(by_replica) / np.median(by_replica)),
        "p95 with a payment over without": float(
            np.quantile(total[pays], 0.95) / np.quantile(total[~pays], 0.95)
        ),
        "p95 of the database": float(np.quantile(database, 0.95)),
    }


COUNTED = {
    "slow replica": {"deploys in the last hour": 1.0},
    "cold cache": {
        "errors": 0.011,
        "cache hits": COLD_HITS,
        "waiting for a connection": 38.0,
        "deploys in the last hour": 1.0,
    },
    "pool held": {"errors": 0.013, "waiting for a connection": 61.0},
    "pauses": {"processor": 0.71, "stopped share of time": 0.075, "deploys in the last hour": 1.0},
    "retries": {"attempts a request": 3.1, "errors": 0.084, "processor": 0.97},
    "dependency": {},
}
"""What counters show under each cause, where they move."""


def _cause(name: str) -> Cause:
    calm, now = percentiles(""), percentiles(name)
    latencies = {graph: now[graph] for graph in calm}
    return Cause(name, latencies | COUNTED[name], MENDS[name])


@cache
def incident() -> Incident:
    """The drill. The graph of p95, by which it is told, is not among those to look at."""
    calm = percentiles("")
    return Incident(
        id="day09",
        title="14:02",
        opening=(
            f"At 14:02 the p95 of all requests went from {round(calm['p95 of all requests'], -1):.0f} to about 2,000 "
            "milliseconds, and it stays there. Seven hundred requests a second come, on ten replicas. What do you look at first?"
        ),
        minute="42,000 requests, of which 2,100 wait two seconds or longer",
        graphs=(
            Graph("p50 of all requests", calm["p50 of all requests"], "ms"),
            Graph("first tries a second", 700.0),
            Graph("attempts a request", 1.01, digits=2),
            Graph("errors", 0.002, digits=3),
            Graph("processor", 0.42, digits=2),
            Graph(
                "slowest replica over the median one", calm["slowest replica over the median one"], digits=1
            ),
            Graph("p95 with a payment over without", calm["p95 with a payment over without"], digits=1),
            Graph("cache hits", HITS, digits=2),
            Graph("p95 of the database", calm["p95 of the database"], "ms"),
            Graph("waiting for a connection", 0.0),
            Graph("stopped share of time", 0.002, digits=3),
            Graph("deploys in the last hour", 0.0),
        ),
        causes=tuple(_cause(name) for name in MENDS),
    )
