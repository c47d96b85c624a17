"""A tenant that was away comes back with a pile of requests: what the others are served then.

Sequences are generated in slots, one token a slot and step, as an engine does it that decides again at every step.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

SLOTS = 8  # chosen: sequences that run at once
INPUT, OUTPUT = 20, (20, 60)  # chosen: tokens read by each request, and least and most tokens written
PILE = 400
"""Requests that the third tenant brings back."""
AWAY, AFTER = 3000, 500
"""Steps for which it is away, and steps that are looked at after that."""
OTHERS, THIRD = ("first", "second"), "third"


class Shared(Protocol):
    def push(self, tenant: str, request: int, tokens: int) -> None: ...
    def pop(self) -> tuple[str, int] | None: ...
    def charge(self, tenant: str, tokens: int) -> None: ...
    def finish(self, tenant: str) -> None: ...


class Returning:
    """Three tenants before a fair queue of somebody's own."""

    def __init__(self, make_queue: Callable[[], Shared]) -> None:
        self.make_queue = make_queue

    def measure(self, load: float, seed: int = 22) -> dict[str, float]:
        """The first two tenants send ``load`` of what the slots can do; the third sends one request at the beginning, is
        away, and comes back with 400 at once.

        In the 500 steps after that: output tokens of each tenant, by its name, and ``wait``, the longest wait of a request
        of the first two, in steps, those that still wait included.
        """
        run = _Run(self.make_queue(), np.random.default_rng(seed))
        run.push(THIRD)
        chance = load * SLOTS / (sum(OUTPUT) / 2)
        for step in range(AWAY + AFTER):
            if step == AWAY:
                run.written = dict.fromkeys((*OTHERS, THIRD), 0)
                for _ in range(PILE):
                    run.push(THIRD)
            if run.rng.random() < chance:
                run.push(OTHERS[int(run.rng.integers(2))])
            run.step()
        waits = [
            run.started.get(number, AWAY + AFTER) - came
            for number, (tenant, came) in run.came.items()
            if tenant != THIRD and came >= AWAY
        ]
        return {**{name: float(count) for name, count in run.written.items()}, "wait": float(max(waits))}


@dataclass
class _Run:
    queue: Shared
    rng: np.random.Generator
    now: int = 0
    came: dict[int, tuple[str, int]] = field(default_factory=dict)
    started: dict[int, int] = field(default_factory=dict)
    running: list[tuple[str, int]] = field(default_factory=list)  # tenants, and tokens still to write
    written: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys((*OTHERS, THIRD), 0))

    def push(self, tenant: str) -> None:
        number = len(self.came)
        self.came[number] = (tenant, self.now)
        self.queue.push(tenant, number, INPUT)

    def step(self) -> None:
        while len(self.running) < SLOTS:
            taken = self.queue.pop()
            if taken is None:
                break
            tenant, number = taken
            self.started[number] = self.now
            self.running.append((tenant, int(self.rng.integers(OUTPUT[0], OUTPUT[1] + 1))))
        still = []
        written = dict(self.written)
        for tenant, left in self.running:
            self.queue.charge(tenant, 1)
            written[tenant] += 1
            if left > 1:
                still.append((tenant, left - 1))
            else:
                self.queue.finish(tenant)
        self.running, self.written = still, written
        self.now += 1
