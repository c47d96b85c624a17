"""Day 5's measure of what is lost: clients count together through quorums, with the learner's own `reconcile`.

Each client reads the counter, adds one for itself, and writes; a version holds the count of each client, and has seen all
that its writer read. Messages take an exponential time, one millisecond on average, so that nothing else is at work.
"""

import heapq
import itertools
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from course.systems.cluster.versions import Version, merged

Reconcile = Callable[[list[Version]], list[Version]]
EACH = 100
"""Increments of each of two clients."""


@dataclass(frozen=True)
class Counted:
    """What the counter shows in the end, of how many acknowledged increments, and the most versions of it side by side."""

    shows: int
    of: int
    siblings: int

    @property
    def lost(self) -> float:
        return 1 - self.shows / self.of


def count(
    reconcile: Reconcile,
    *,
    seed: int = 5,
    copies: int = 3,
    r: int = 2,
    w: int = 2,
    clients: int = 2,
    ahead: float = 0.0,
    pause: float = 0.0,
    session: bool = True,
) -> Counted:
    """Let ``clients`` make 200 increments in all, and read every replica in the end.

    ``ahead``: ms by which the watch of the second client is ahead. ``pause``: ms on average between a client's
    increments. With ``session`` a client remembers what it wrote last, and reads it beside what replicas answer.
    """
    run = _Run(reconcile, random.Random(seed), copies, r, w, ahead, pause, session)
    for client in range(clients):
        run.later(0.0, run.begin, client, 2 * EACH // clients)
    while run.queue:
        run.now, _, call, arguments = heapq.heappop(run.queue)
        call(*arguments)
    _, shows = run.understood([version for kept in run.kept for version in kept])
    return Counted(sum(shows.values()), 2 * EACH, run.siblings)


class _Run:
    """The events of one run, in the order of their times."""

    def __init__(
        self,
        reconcile: Reconcile,
        draw: random.Random,
        copies: int,
        r: int,
        w: int,
        ahead: float,
        pause: float,
        session: bool,
    ) -> None:
        self.reconcile, self.draw, self.r, self.w = reconcile, draw, r, w
        self.ahead, self.pause, self.session = ahead, pause, session
        self.queue: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self.numbers, self.now, self.siblings = itertools.count(), 0.0, 0
        self.kept: list[list[Version]] = [[] for _ in range(copies)]
        self.own: dict[int, Version] = {}

    def later(self, delay: float, call: Callable[..., None], *arguments: Any) -> None:
        heapq.heappush(self.queue, (self.now + delay, next(self.numbers), call, arguments))

    def message(self, call: Callable[..., None], *arguments: Any) -> None:
        self.later(self.draw.expovariate(1.0), call, *arguments)

    def understood(self, versions: Sequence[Version]) -> tuple[dict[str, int], dict[str, int]]:
        """The clock and the counts that a reader makes of ``versions``: of several, each client's highest count."""
        found = self.reconcile([*versions])
        counts = merged(json.loads(version["value"]) for version in found)
        return merged(version["clock"] for version in found), counts

    def begin(self, client: int, left: int) -> None:
        if left:
            answers: list[list[Version]] = []
            for replica in range(len(self.kept)):
                self.message(self.asked, client, left, replica, answers)

    def asked(self, client: int, left: int, replica: int, answers: list[list[Version]]) -> None:
        self.message(self.answered, client, left, [*self.kept[replica]], answers)

    def answered(self, client: int, left: int, versions: list[Version], answers: list[list[Version]]) -> None:
        answers.append(versions)
        if len(answers) != self.r:
            return
        mine = [self.own[client]] if self.session and client in self.own else []
        clock, counts = self.understood([version for kept in answers for version in kept] + mine)
        name = f"client {client}"
        clock[name], counts[name] = clock.get(name, 0) + 1, counts.get(name, 0) + 1
        stamp = self.now + self.ahead * (client == 1)
        value = json.dumps(counts, sort_keys=True)
        self.own[client] = {"value": value, "clock": clock, "stamp": stamp, "writer": name}
        acknowledged: list[int] = []
        for replica in range(len(self.kept)):
            self.message(self.written, client, left, replica, self.own[client], acknowledged)

    def written(self, client: int, left: int, replica: int, new: Version, acknowledged: list[int]) -> None:
        self.kept[replica] = self.reconcile([*self.kept[replica], new])
        self.siblings = max(self.siblings, len(self.kept[replica]))
        self.message(self.done, client, left, acknowledged)

    def done(self, client: int, left: int, acknowledged: list[int]) -> None:
        acknowledged.append(1)
        if len(acknowledged) == self.w:
            rest = self.draw.expovariate(1 / self.pause) if self.pause else 0.0
            self.later(rest, self.begin, client, left - 1)
