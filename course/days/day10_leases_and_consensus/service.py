"""Day 10's measure: leases on 10,000 shards, behind the learner's own fence."""

from dataclasses import asdict
from typing import Any
from weakref import WeakKeyDictionary

from course.checking.subject import Subject, each
from course.systems.cluster.ownership import Hours, measured

RESOURCES = 25
_TAKEN: WeakKeyDictionary[Subject, float] = WeakKeyDictionary()


def old_writes(Fence: Subject) -> float:
    """The share of writes of an owner that was replaced, which the learner's fence takes; measured once.

    Each resource had two owners: the second one writes, then the first one does.
    """
    if Fence not in _TAKEN:
        fence: Any = Fence()
        names = [f"shard {number}" for number in range(RESOURCES)]
        each(fence.accept, [(name, token) for name in names for token in (1, 2)], as_=bool)
        _TAKEN[Fence] = sum(each(fence.accept, [(name, 1) for name in names], as_=bool)) / RESOURCES
    return _TAKEN[Fence]


def measure(lease: float, margin: float, nodes: int, hours: Hours, Fence: Subject | None) -> dict[str, float]:
    """:func:`~course.systems.cluster.ownership.measured`, where the store asks the learner's ``Fence``; None for a store that asks
    nobody."""
    return measured(lease, margin, nodes, hours, 1.0 if Fence is None else old_writes(Fence))


def load(hours: Hours) -> dict[str, float]:
    """The load of a round: what the world does."""
    return asdict(hours)
