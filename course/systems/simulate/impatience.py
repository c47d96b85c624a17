"""A queue whose customers leave: M/M/c with a fixed patience, exact.

Baccelli and Hebuterne, "On queues with impatient customers" (Performance 1981): the wait that an arrival would have has the
density ``rate * p(c - 1) * exp(-(c / work - rate) * x)`` up to the patience, where p(c - 1) is the chance that one server is
free.
"""

import math

from course.systems.simulate.queues import offered_load


def in_time_share(rate: float, work: float, servers: int, deadline: float, needs: float = 0.0) -> float:
    """The share of all customers that is *answered* within ``deadline`` of arriving, first come first served, where whoever
    has less than ``needs`` left when a server is free is thrown away. Exponential ``work``, in the unit of ``deadline``.

    ``needs`` of 0 throws away what has expired. Raises ``ValueError`` where the load is no finite number of 0 or more, or
    ``needs`` is not in [0, ``deadline``].
    """
    load = offered_load(rate, work)
    if not 0 <= needs <= deadline:
        raise ValueError(f"needs {needs} of a deadline of {deadline}; nobody could be started")
    patience, per_server = deadline - needs, 1 / work
    surplus = rate - servers / work
    scale = -max(0.0, surplus * patience)  # as a logarithm: the weights grow with exp(surplus * patience)
    states = [1.0]
    for number in range(1, servers):
        states.append(states[-1] * load / number)
    joins = rate * states[-1]  # density of the offered wait just above 0
    free = sum(states) * math.exp(scale)
    within = joins * _integral(surplus, patience, scale)
    beyond = joins * math.exp(surplus * patience + scale) * work / servers
    late = joins * _integral(surplus + per_server, patience, scale - per_server * deadline)
    in_time = free * -math.expm1(-per_server * deadline) + within - late
    return in_time / (free + within + beyond)


def _integral(power: float, end: float, shift: float) -> float:
    """The integral of ``exp(power * x + shift)`` from 0 to ``end``."""
    if power == 0:
        return end * math.exp(shift)
    return (math.exp(power * end + shift) - math.exp(shift)) / power


def loss_share(rate: float, work: float, servers: int, room: int) -> float:
    """The share of customers that is turned away where ``room`` may wait: M/M/c/c+k, Kleinrock, Queueing Systems I, chapter 3.

    Raises ``ValueError`` where the load is no finite number of 0 or more.
    """
    load = offered_load(rate, work)
    weight = whole = 1.0
    for number in range(1, servers + room + 1):
        weight *= load / min(number, servers)
        whole += weight
    return weight / whole
