"""A cache with a door: a small window that anybody enters, and a main part that asks a policy.

Einziger, Eytan, Friedman and Manes, "Adaptive Software Cache Management" (Middleware 2018), on the size of the window.
"""

from collections.abc import Sequence
from typing import Protocol

from course.systems.cluster.lru import LRU


class Policy(Protocol):
    """What the cache asks: :class:`~course.systems.cluster.tinylfu.TinyLFU` is one."""

    def record(self, key: str) -> None: ...

    def admit(self, candidate: str, victim: str) -> bool: ...


class WTinyLFU:
    """``capacity`` entries, of which a share ``window`` (at least one entry) is a plain LRU that every newcomer enters.

    Whoever the window drops is a candidate for the main part, an LRU of its own: with room it enters, and in a full one
    ``policy`` decides between it and the main part's victim. With a window of 1 there is no main part: a plain LRU.
    """

    def __init__(self, capacity: int, window: float, policy: Policy) -> None:
        small = max(1, round(window * capacity))
        self.window: LRU[None] = LRU(small)
        self.main: LRU[None] = LRU(capacity - small)
        self.policy = policy

    def read(self, key: str) -> bool:
        """Whether ``key`` is there; one that is not enters. Every read is told to the policy."""
        self.policy.record(key)
        for part in (self.window, self.main):
            if key in part:
                part.get(key)
                return True
        dropped = self.window.put(key, None)
        if dropped is not None and (
            len(self.main) < self.main.capacity
            or (self.main.capacity and self.policy.admit(dropped, self.main.victim()))
        ):
            self.main.put(dropped, None)
        return False

    def replay(self, keys: Sequence[str]) -> list[bool]:
        """Whether each read of a trace found its key."""
        return [self.read(key) for key in keys]


def ages(
    keys: Sequence[str], times: Sequence[float], found: Sequence[bool], ttl_s: float
) -> list[float | None]:
    """How old the answer of each read is, in seconds, or None where it was computed: because the cache did not have the
    key (``found``), or had it for ``ttl_s`` seconds or more since it was computed.

    An entry that has expired is computed anew in its place, so which keys a cache holds does not depend on the TTL.
    """
    born: dict[str, float] = {}
    answers: list[float | None] = []
    for key, now, there in zip(keys, times, found, strict=True):
        fresh = there and now - born[key] < ttl_s
        answers.append(now - born[key] if fresh else None)
        if not fresh:
            born[key] = now
    return answers
