"""Queues: closed forms, and exact simulation of first-come first-served servers.

Formulas as in Kleinrock, Queueing Systems I (1975), chapters 3 and 5; Lindley's recursion (1952) in its cumulative form,
``W_n = C_n − min(C_0 … C_n)`` with ``C`` the partial sums of service minus interarrival time.
"""

import heapq
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.systems.simulate.errors import Overloaded

Times = NDArray[np.float64]


def lindley_waits(gaps: ArrayLike, services: ArrayLike) -> Times:
    """Waits of customers at one server, first come first served, along the last axis. A wait ends when
    service begins.

    ``services[i]`` is the work that customer i brings, ``gaps[i]`` the time between its arrival and the
    one before it, both in one unit. ``gaps[0]`` lies before the first customer, who never waits: it is
    not read, and may be NaN. Rows of an array with more axes are servers of their own. The result is
    float64 of the shape of ``services``, whatever the type of the numbers, and for no customers too;
    the arguments stay as they are.

    Raises ``ValueError`` where the shapes differ, and where any work, the last included, or any gap but
    the first is negative or NaN. Complexity: O(n).
    """
    gaps, services = np.asarray(gaps, np.float64), np.asarray(services, np.float64)
    if gaps.shape != services.shape:
        raise ValueError(f"gaps of shape {gaps.shape}, services of {services.shape}; one of each a customer")
    if not (np.all(services >= 0) and np.all(gaps[..., 1:] >= 0)):
        raise ValueError("a gap or a service is below 0 or NaN; times are 0 or more")
    change = np.zeros(services.shape)
    np.subtract(services[..., :-1], gaps[..., 1:], out=change[..., 1:])
    np.cumsum(change, axis=-1, out=change)
    return change - np.minimum.accumulate(change, axis=-1)


def many_server_waits(gaps: ArrayLike, services: ArrayLike, servers: int) -> Times:
    """Waiting times at ``servers`` equal servers behind one queue, exact. Complexity: O(n log servers), a loop.

    Raises ``ValueError`` where ``servers`` is below 1.
    """
    if servers < 1:
        raise ValueError(f"{servers} servers; at least 1 is needed")
    free = [0.0] * servers
    now, waits = 0.0, []
    for gap, service in zip(np.asarray(gaps).tolist(), np.asarray(services).tolist(), strict=True):
        now += gap
        start = max(now, free[0])
        heapq.heapreplace(free, start + service)
        waits.append(start - now)
    return np.array(waits)


def erlang_c(load: float, servers: int) -> float:
    """The share of customers that must wait at ``servers`` equal servers behind one queue, in M/M/c:
    arrivals as a Poisson process, exponential work, first come first served. ``load`` is the offered
    load, arrival rate × mean work, in servers' worth. With a for the load and c for the servers it is
    Erlang's C (1917) ::

        C = T / (1 + a + a²/2! + … + a^(c−1)/(c−1)! + T)        T = a^c/c! · c/(c − a)

    right to nine digits, or to 1e-12, up to 5,000 servers, where powers and factorials have long left the
    range of floats. Without load nobody waits: 0.0.

    Raises ``ValueError`` where ``servers`` is below 1 or ``load`` is negative or NaN, then
    ``Overloaded(load, servers)`` where ``load`` is ``servers`` or more, infinite included.
    Complexity: O(servers).
    """
    if servers < 1 or not load >= 0:
        raise ValueError(f"a load of {load} for {servers} servers; at least 1 server, and 0 or more to do")
    if load >= servers:
        raise Overloaded(load, servers)
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked / (1 - (load / servers) * (1 - blocked))


def wait_quantile(waiting: float, load: float, servers: int, work: float, q: float) -> float:
    """The ``q`` quantile of the wait in M/M/c where a share ``waiting`` must wait at all (Erlang's C), in the unit of
    ``work``, the mean: 0 while no more than 1 − q must wait. Those who wait do so exponentially."""
    return 0.0 if waiting <= 1 - q else math.log(waiting / (1 - q)) * work / (servers - load)


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
    return wait_quantile(erlang_c(load, servers), load, servers, service, q)


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
