"""One model on one GPU as a router sees it: prompts, decodes, a line, and the beginnings whose cache it keeps.

Coarser than day 23's passes, and thousands of times faster: between two events everything is linear. Times come from the published
step-time table.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from functools import cache
from heapq import heappop, heappush
from typing import NamedTuple

from course.systems.serving.step_time import StepTimeModel, published_step_time

SLOTS, PREFIXES, CONTEXT = 48, 8, 1_300
"""Sequences that decode at once; beginnings whose keys and values stay; tokens that a sequence holds on average."""


class Job(NamedTuple):
    """A request: when it came, what its prompt begins with (``prefix`` names it), and its tokens."""

    id: int
    arrival_ms: float
    prefix: Hashable
    prefix_tokens: int
    own_tokens: int
    answer_tokens: float


class Begun(NamedTuple):
    """What is known of a request when its prompt is read: milliseconds to its first token, and whether its beginning was cached."""

    ttft_ms: float
    hit: bool


class Replica:
    """Reads prompts one after the other, in the order of their coming; while one is read, decodes wait. Decodes share the passes.

    ``slow`` multiplies every time. ``begun`` holds a :class:`Begun` for each job that left the line, by its id; ``busy_ms`` is how long it
    computed anything. A lost beginning is the one that was not used for longest.
    """

    def __init__(self, name: str, at_ms: float = 0.0, *, slow: float = 1.0) -> None:
        self.name, self.slow, self.at_ms = name, slow, at_ms
        self.busy_ms = 0.0
        self.begun: dict[int, Begun] = {}
        self.line: deque[Job] = deque()
        self._running: list[tuple[float, int]] = []
        self._tokens = 0.0  # that each sequence has decoded since the replica began
        self._reading = 0.0
        self._prefixes: OrderedDict[Hashable, bool] = OrderedDict()

    @property
    def in_flight(self) -> int:
        """Jobs begun or in line."""
        return len(self._running) + len(self.line)

    @property
    def running(self) -> list[int]:
        """Ids of the jobs that hold a slot."""
        return [job for _, job in self._running]

    @property
    def pass_ms(self) -> float:
        """How long one pass takes with the sequences that run now: the pace at which a user sees tokens."""
        return self.slow * _pass_ms(len(self._running))

    @property
    def due_ms(self) -> float:
        """When the next sequence ends; infinity where none runs."""
        if not self._running:
            return float("inf")
        return self.at_ms + self._reading + (self._running[0][0] - self._tokens) * self.pass_ms

    def submit(self, job: Job, now_ms: float) -> None:
        """Take ``job`` at ``now_ms``, which is not before what was seen already."""
        self.advance(now_ms)
        self.line.append(job)
        self._admit()

    def advance(self, now_ms: float) -> None:
        """Compute until ``now_ms``. O(log slots) for each job that ends."""
        while self.due_ms <= now_ms:
            self._spend(self.due_ms - self.at_ms)
            self._tokens = max(self._tokens, heappop(self._running)[0])
            self._admit()
        if self._running or self._reading:
            self._spend(now_ms - self.at_ms)
        self.at_ms = max(self.at_ms, now_ms)

    def _spend(self, ms: float) -> None:
        read = min(self._reading, ms)
        self._reading -= read
        if self._running:
            self._tokens += (ms - read) / self.pass_ms
        self.busy_ms += ms if self._running else read
        self.at_ms += ms

    def _admit(self) -> None:
        while self.line and len(self._running) < SLOTS:
            job = self.line.popleft()
            hit = self._prefixes.pop(job.prefix, False)
            self._prefixes[job.prefix] = True
            if len(self._prefixes) > PREFIXES:
                self._prefixes.popitem(last=False)
            self._reading += self.slow * _prompt_ms(job.own_tokens + (0 if hit else job.prefix_tokens))
            heappush(self._running, (self._tokens + job.answer_tokens, job.id))
            self.begun[job.id] = Begun(self.at_ms + self._reading + self.pass_ms - job.arrival_ms, hit)


@cache
def _table() -> StepTimeModel:
    return published_step_time()


@cache
def _pass_ms(sequences: int) -> float:
    """A pass of so many decodes, each of which reads what its sequence holds; one at least."""
    return _table().ms(max(1, sequences), sequences * CONTEXT)


@cache
def _prompt_ms(tokens: int) -> float:
    """A prompt in a pass of its own."""
    return _table().ms(tokens)
