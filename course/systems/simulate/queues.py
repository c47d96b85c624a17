"""Queues: closed forms, and exact simulation of first-come first-served servers.

Formulas as in Kleinrock, Queueing Systems I (1975), chapters 3 and 5; Lindley's recursion (1952) in its cumulative form,
``W_n = C_n − min(C_0 … C_n)`` with ``C`` the partial sums of service minus interarrival time.
"""

import heapq
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Times = NDArray[np.float64]


class Overloaded(ValueError):
    """Work arrives faster than it can be done, so no steady state exists."""

    def __init__(self, load: float, servers: int) -> None:
        super().__init__(f"{load:.3g} servers' worth of work for {servers}; add servers or shed load")


def lindley_waits(gaps: ArrayLike, services: ArrayLike) -> Times:
    """Waiting times of customers at one server, exact, along the last axis.

    ``gaps[i]`` is the time between arrival i and the one before it (``gaps[0]`` is not used), ``services[i]`` the work
    that customer i brings, both in one unit. Rows of a 2-D array are servers of their own. Complexity: O(n), no loop.
    """
    gaps, services = np.asarray(gaps, np.float64), np.asarray(services, np.float64)
    change = np.zeros(services.shape)
    np.subtract(services[..., :-1], gaps[..., 1:], out=change[..., 1:])
    np.cumsum(change, axis=-1, out=change)
    return change - np.minimum.accumulate(np.minimum(change, 0.0), axis=-1)


def many_server_waits(gaps: ArrayLike, services: ArrayLike, servers: int) -> Times:
    """Waiting times at ``servers`` equal servers behind one queue, exact. Complexity: O(n log servers), a loop."""
    free = [0.0] * servers
    now, waits = 0.0, []
    for gap, service in zip(np.asarray(gaps).tolist(), np.asarray(services).tolist(), strict=True):
        now += gap
        start = max(now, free[0])
        heapq.heapreplace(free, start + service)
        waits.append(start - now)
    return np.array(waits)


def erlang_c(load: float, servers: int) -> float:
    """The share of customers that must wait in M/M/c; ``load`` is arrival rate × mean service, in servers' worth.

    Raises :class:`Overloaded` from ``load >= servers`` on. By the recursion of Erlang B, so it holds for thousands.
    """
    if load >= servers:
        raise Overloaded(load, servers)
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked / (1 - (load / servers) * (1 - blocked))


def mmc_mean_wait(rate: float, service: float, servers: int) -> float:
    """Mean wait in M/M/c, in the unit of ``service``; M/M/1 for one server."""
    load = rate * service
    return erlang_c(load, servers) * service / (servers - load)


def mmc_wait_quantile(rate: float, service: float, servers: int, q: float) -> float:
    """The ``q`` quantile of the wait in M/M/c: 0 while fewer than 1 − q must wait at all.

    Raises ``ValueError`` where ``q`` is not in [0, 1), then :class:`Overloaded`.
    """
    if not 0 <= q < 1:
        raise ValueError(f"q is {q}; a quantile of a wait without bound is in [0, 1)")
    load = rate * service
    waiting = erlang_c(load, servers)
    return 0.0 if waiting <= 1 - q else math.log(waiting / (1 - q)) * service / (servers - load)


def mg1_mean_wait(rate: float, service: float, cv: float) -> float:
    """Mean wait in M/G/1 by Pollaczek and Khinchine; ``cv`` is the coefficient of variation of the service time."""
    load = rate * service
    if load >= 1:
        raise Overloaded(load, 1)
    return load * service * (1 + cv * cv) / (2 * (1 - load))


def offered_load(rate: float, service: float) -> float:
    """Arrival rate × mean service, in servers' worth of work. Raises ``ValueError`` where that is no finite number of
    0 or more."""
    load = rate * service
    if not 0 <= load < math.inf:
        raise ValueError(f"the load is {rate} × {service}; it must be a finite number, 0 or more")
    return load


def servers_for(rate: float, service: float, wait: float, q: float = 0.99) -> int:
    """The fewest servers whose ``q`` quantile of the wait in M/M/c is at most ``wait``.

    Raises ``ValueError`` where ``wait`` is not 0 or more, where the load ``rate * service`` is no finite number of 0 or
    more, or ``q`` is not in [0, 1). Complexity: O(load) formulas.
    """
    if not wait >= 0:
        raise ValueError(f"the wait is at most {wait}; no number of servers makes it less than 0")
    servers = math.floor(offered_load(rate, service)) + 1
    while mmc_wait_quantile(rate, service, servers, q) > wait:
        servers += 1
    return servers


def exponential_traffic(
    rng: np.random.Generator, rate: float, service: float, shape: tuple[int, ...]
) -> tuple[Times, Times]:
    """Poisson arrivals at ``rate`` and exponential work of mean ``service``: gaps and services of ``shape``."""
    return rng.standard_exponential(shape) / rate, rng.standard_exponential(shape) * service
