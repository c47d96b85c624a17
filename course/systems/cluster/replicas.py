"""Replicas that keep versions, and a network between them whose order a seed decides."""

import random
from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeVar

from course.systems.cluster.versions import Version

Answer = TypeVar("Answer")


class Replica:
    """One copy of the store. It keeps every version that it gets; a real one drops what has been seen, and this one does
    not, so that you can look."""

    def __init__(self) -> None:
        self.up = True
        self.kept: dict[str, list[Version]] = {}

    def get(self, key: str) -> list[Version]:
        """Its versions of ``key``, in the order in which they came; none for a key that it does not know."""
        return [*self.kept.get(key, [])]

    def put(self, key: str, version: Version) -> None:
        """Keep ``version``, unless the same is there."""
        if version not in self.kept.setdefault(key, []):
            self.kept[key].append(version)


class Network:
    """Messages to ``copies`` replicas. The order in which they answer is drawn for each request; one that is down never
    answers and never gets what was sent. ``messages`` counts what was sent, ``waited`` the answers that whoever asked has taken;
    ``planned`` holds the orders of the next requests, where they are not to be drawn."""

    def __init__(self, copies: int, seed: int = 0) -> None:
        self.replicas = [Replica() for _ in range(copies)]
        self.messages = 0
        self.waited = 0
        self.planned: list[list[int]] = []
        self._draw = random.Random(seed)
        self._late: list[Iterator[object]] = []

    def fail(self, down: list[int]) -> None:
        """Let the replicas ``down`` be down from now on, and all others up."""
        for index, replica in enumerate(self.replicas):
            replica.up = index not in down

    def hold(self, key: str, kept: list[list[Version]]) -> None:
        """Let each replica have these versions of ``key``, and no others, without a message."""
        for replica, versions in zip(self.replicas, kept, strict=True):
            replica.kept[key] = [*versions]

    def held(self, key: str) -> list[list[Version]]:
        """The versions of ``key`` at each replica, up or down, without a message."""
        return [replica.get(key) for replica in self.replicas]

    def order(self) -> list[int]:
        """The replicas in the order in which the next request reaches them."""
        return (
            self.planned.pop(0)
            if self.planned
            else self._draw.sample(range(len(self.replicas)), len(self.replicas))
        )

    def ask(self, call: Callable[[Replica], Answer]) -> Iterator[tuple[int, Answer]]:
        """Send ``call`` to every replica: the index and the answer of each, one by one as they come.

        Whoever stops reading has not stopped the rest: they are under way, and arrive by :meth:`deliver`.
        """
        waiting = deque(index for index in self.order() if self.replicas[index].up)
        self.messages += len(self.replicas)
        self._late.append(self._answers(waiting, call))
        return self._taken(self._answers(waiting, call))

    def _taken(self, answers: Iterator[tuple[int, Answer]]) -> Iterator[tuple[int, Answer]]:
        for answer in answers:
            self.waited += 1
            yield answer

    def _answers(
        self, waiting: deque[int], call: Callable[[Replica], Answer]
    ) -> Iterator[tuple[int, Answer]]:
        while waiting:
            index = waiting.popleft()
            yield index, call(self.replicas[index])

    def send(self, index: int, call: Callable[[Replica], object]) -> None:
        """Send ``call`` to the replica ``index`` alone; it has arrived when this returns."""
        self.messages += 1
        if self.replicas[index].up:
            call(self.replicas[index])

    def deliver(self) -> None:
        """Let everything arrive that is under way."""
        for rest in self._late:
            deque(rest, maxlen=0)
        self._late.clear()
