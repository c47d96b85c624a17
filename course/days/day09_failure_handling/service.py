"""Day 9's measure: payments through trouble, with the learner's own retry budget and breaker."""

from collections.abc import Mapping
from typing import Any

from course.checking.subject import Subject, plain, there
from course.systems.simulate.retries import Client


def measure(
    trouble: Mapping[str, float],
    RetryBudget: Subject,
    CircuitBreaker: Subject,
    timeout: float,
    budget: float,
    open_s: float,
) -> dict[str, float]:
    """What :meth:`~course.systems.simulate.retries.Client.through` measures of a client with the learner's classes."""
    client: Any = there(RetryBudget, Client)(RetryBudget, CircuitBreaker)
    found: dict[str, float] = plain(client.through(dict(trouble), timeout, budget, open_s), dict[str, float])
    return found
