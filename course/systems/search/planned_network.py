"""Machines whose answers are planned in virtual time, and a broker that searches through them."""

import heapq
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from course.systems.search.hits import Hit

REFUSES, BREAKS, SILENT = "refuses", "breaks", "silent"
"""A machine that is known to be dead; one whose connection breaks after some ms; one that never answers. What else is planned answers."""


Planned = tuple[str, float, list[Hit]]
"""What becomes of a request, after how many ms, and the hits that come where it answers."""


class PlannedNetwork:
    """A :class:`~course.systems.search.answer.Network` whose clock moves only by :meth:`receive`. ``plan`` says for each shard what becomes of the
    first copy that is asked, of the second, and so on, whichever they are. Machines are called by shard and number: "news/2"."""

    def __init__(self) -> None:
        self.clock = 0.0
        self.coming: list[tuple[float, int, list[Hit] | None]] = []
        self.tickets = 0
        self.begin({})

    def begin(self, plan: Mapping[str, Sequence[Planned]]) -> None:
        """The plan from the next request on. What is under way stays so."""
        self.plan = plan
        self.tried: list[str] = []
        self.sent: list[tuple[float, str]] = []
        self.asked: list[tuple[str, int]] = []

    def now(self) -> float:
        return self.clock

    def send(self, machine: str, query: str, ask: int) -> int | None:
        shard = machine.rpartition("/")[0]
        before = Counter(name.rpartition("/")[0] for name in self.tried)[shard]
        self.tried.append(machine)
        what, ms, hits = self.plan[shard][before] if before < len(self.plan[shard]) else (SILENT, 0.0, [])
        if what == REFUSES:
            return None
        self.tickets += 1
        self.sent.append((self.clock, machine))
        self.asked.append((query, ask))
        if what != SILENT:
            found = None if what == BREAKS else list(hits)[:ask]
            heapq.heappush(self.coming, (self.clock + ms, self.tickets, found))
        return self.tickets

    def receive(self, until: float) -> tuple[int, list[Hit] | None] | None:
        if self.coming and self.coming[0][0] <= until:
            at, ticket, hits = heapq.heappop(self.coming)
            self.clock = max(self.clock, at)
            return ticket, hits
        if math.isinf(until):
            raise RuntimeError("nothing is under way that could come: wait until a time, or not at all")
        self.clock = max(self.clock, until)
        return None


class BrokerTrial:
    """Runs a :class:`~course.systems.search.broker.Broker` through searches on a planned network."""

    def __init__(self, kind: Callable[..., Any]) -> None:
        self.kind = kind

    def run(
        self,
        copies: Mapping[str, int],
        documents: Mapping[str, int],
        hedge_after: float,
        deadline: float,
        searches: Sequence[tuple[int, int, Mapping[str, list[Planned]]]],
    ) -> list[dict[str, Any]]:
        """For each search (k, how many to ask for, the plan) what came back, or the name of what was raised; when, after it began; the requests
        that went out, by time and shard; how often a machine was asked twice, and how many requests were not for what was asked. ``ValueError``
        where the broker changed what it was made of."""
        network = PlannedNetwork()
        machines = {
            shard: tuple(f"{shard}/{number}" for number in range(count)) for shard, count in copies.items()
        }
        given, sizes = dict(machines), dict(documents)
        broker = self.kind(network, given, sizes, hedge_after, deadline)
        found = []
        for number, (k, ask, plan) in enumerate(searches):
            network.begin(plan)
            began, query = network.clock, f"query {number}"
            said: dict[str, Any] = {}
            try:
                answer = broker.search(query, k, ask)
            except Exception as error:
                if type(error).__name__ != "NoAnswer":
                    raise
                said["raises"] = "NoAnswer"
            else:
                said["hits"] = [(int(doc), float(score)) for doc, score in answer.hits]
                said["again"], said["missing"] = sorted(answer.again), list(answer.missing)
                said["coverage"], said["hedged"] = float(answer.coverage), int(answer.hedged)
            said["after"] = network.clock - began
            said["sent"] = sorted((at - began, machine.rpartition("/")[0]) for at, machine in network.sent)
            said["twice"] = len(network.tried) - len({*network.tried})
            said["otherwise"] = sum(each != (query, ask) for each in network.asked)
            found.append(said)
        if given != machines or sizes != dict(documents):
            raise ValueError("`copies` or `documents` were changed: copy what you change")
        return found

    def share(self, copies: int, dead: int, searches: int = 400) -> float:
        """Of so many searches the share that the busiest live machine of a shard is asked by, where ``dead`` of its ``copies`` are known to be dead: the
        first ones."""
        network, asked = _Counting(dead), Counter[str]()
        broker = self.kind(
            network, {"a": [f"a/{number}" for number in range(copies)]}, {"a": 1}, math.inf, 1.0
        )
        for number in range(searches):
            broker.search(f"query {number}", 1, 1)
            asked[network.machine] += 1
        return max(asked.values()) / searches


class _Counting(PlannedNetwork):
    """One whose machines answer at once, but for the first so many of a shard, which are known to be dead."""

    def __init__(self, dead: int) -> None:
        super().__init__()
        self.dead, self.machine = dead, ""

    def send(self, machine: str, query: str, ask: int) -> int | None:
        shard, _, number = machine.rpartition("/")
        if int(number) < self.dead:
            return None
        self.machine = machine
        self.begin({shard: [("answers", 0.0, [(1, 1.0)])]})
        return super().send(machine, query, ask)
