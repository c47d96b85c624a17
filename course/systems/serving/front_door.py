"""A front door before one GPU: jobs in, batches through, answers back, on simulated time.

The GPU runs one pass at a time. A pass is a rectangle, and takes the published time of its tokens, padding included.
"""

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

import numpy as np

from course.systems.serving.errors import SchedulerStalled
from course.systems.serving.job_book import Job
from course.systems.serving.step_time import StepTimeModel, published_step_time
from course.systems.serving.texts import LONGEST, Texts, texts

PLACES = 300  # chosen: jobs that may be queued; some seconds of work
Design = Mapping[str, Any]
Load = Mapping[str, float]


class Store(Protocol):
    def submit(self, key: str, body: dict[str, Any], tenant: str, now_s: float) -> Job: ...
    def start(self, job_id: int) -> Job: ...
    def watch(self, job_id: int, call: Callable[[Job], None]) -> None: ...
    def resolve(self, job_id: int, outcome: Any, failed: bool = False) -> None: ...


class Batcher(Protocol):
    def next_batch(self, waiting: Sequence[tuple[int, float]], now_ms: float) -> list[int] | float: ...


class Queue(Protocol):
    def push(self, tenant: str, request: int, tokens: int) -> None: ...
    def pop(self) -> tuple[str, int] | None: ...
    def finish(self, tenant: str) -> None: ...


@cache
def step() -> StepTimeModel:
    """Llama-2-7B on one A100."""
    return published_step_time()


@cache
def pass_ms(tokens: int) -> float:
    """Milliseconds of a pass of so many tokens."""
    return step().ms(tokens)


class FrontDoor:
    """The door with a job store, a batcher and a fair queue of somebody's own."""

    def __init__(
        self,
        make_store: Callable[..., Store],
        make_batcher: Callable[[int, float, bool], Batcher],
        make_queue: Callable[[], Queue],
    ) -> None:
        self.make_store, self.make_batcher, self.make_queue = make_store, make_batcher, make_queue

    def measure(self, design: Design, load: Load) -> dict[str, float]:
        """What the callers get.

        ``design`` has ``wait`` (most ms for which a text is held back), ``budget`` (most tokens of a rectangle) and
        ``pick``: whose turn it is, by "arrival", by "near" (as by arrival, and the others by their length), or "fair" (by what
        their tenant was served). ``load`` is that of :func:`~course.systems.serving.texts.texts`, and may have ``packed``
        (a pass costs its texts alone, without padding), ``timeout_ms`` (callers who have no answer by then send their text
        once more, with the same key, or with a new one where ``new_keys`` says so) and ``twice`` (every pass reports twice).

        ``p50``, ``p99``: of the time to the answer, ms, over texts of at most 600 tokens; ``small``: its p99 over all
        tenants but the largest, ``large``: over the largest. ``gpu``: ms of GPU a text. ``refused``: the share of texts.
        ``waste``: the share of computed tokens that is padding; ``batch``: mean texts a pass. ``jobs``: jobs for each text
        that was taken in. ``wrong``: callers who were not told exactly once, for each of them. ``busy``: the share of
        time in which the GPU computes.
        """
        run = _Run(
            design,
            load,
            texts(load),
            self.make_store(PLACES),
            self.make_batcher(int(design["budget"]), float(design["wait"]), design["pick"] == "near"),
            self.make_queue() if design["pick"] == "fair" else None,
        )
        run.all()
        return run.measured()


@dataclass
class _Run:
    design: Design
    load: Load
    texts: Texts
    store: Store
    batcher: Batcher
    queue: Queue | None
    now_ms: float = 0.0
    waiting: list[tuple[int, float]] = field(
        default_factory=list
    )  # in order of turn, as the batcher sees them
    turns: list[int] = field(default_factory=list)  # their job ids
    text_of: dict[int, int] = field(default_factory=dict)  # a job's text
    told: dict[int, list[float]] = field(default_factory=dict)  # by text: when its caller was told
    gpu_ms: float = 0.0
    computed: int = 0
    useful: int = 0
    passes: int = 0
    ran: int = 0
    refused: int = 0

    def all(self) -> None:
        """Until nobody comes and nobody waits."""
        events = [(at, number, 0) for number, at in enumerate(self.texts.at_ms)]  # sorted, so a heap
        while events or self.turns:
            while events and events[0][0] <= self.now_ms:
                at, number, sent = heapq.heappop(events)
                if self._sends(at, number, sent) and self.load.get("timeout_ms") and not sent:
                    heapq.heappush(events, (at + self.load["timeout_ms"], number, 1))
            self._stage()
            if not self.turns:
                self.now_ms = events[0][0] if events else self.now_ms
                continue
            said = self.batcher.next_batch(self.waiting, self.now_ms)
            if isinstance(said, int | float):
                self.now_ms = self._later(said, events[0][0] if events else math.inf)
            else:
                self._pass(said)

    def _sends(self, at_ms: float, number: int, again: int) -> bool:
        """A text is sent, or sent again where its answer has not come; whether it was taken in."""
        if again and self.told[number]:
            return False
        key = f"{number} again" if again and self.load.get("new_keys") else f"{number}"
        tenant = f"team {self.texts.tenant[number]}"
        try:
            job = self.store.submit(key, {"text": f"text {number}"}, tenant, at_ms / 1000)
        except ValueError as error:
            # By what it carries: a store of another import of the course has an error class of its own.
            if not hasattr(error, "retry_after_s"):
                raise
            self.refused += not again
            return False
        if not again:
            times = self.told.setdefault(number, [])
            self.store.watch(job.id, lambda job: times.append(self.now_ms))
        if job.id not in self.text_of:
            self.text_of[job.id] = number
            if self.queue is None:
                self._in_line(job.id)
            else:
                self.queue.push(tenant, job.id, self.texts.tokens[number])
        return True

    def _in_line(self, job_id: int) -> None:
        number = self.text_of[job_id]
        self.turns.append(job_id)
        self.waiting.append((self.texts.tokens[number], self.texts.at_ms[number]))

    def _stage(self) -> None:
        """Let the fair queue say whose turn it is, until the next no longer fits into the rectangle."""
        if self.queue is None:
            return
        longest = max((tokens for tokens, _ in self.waiting), default=0)
        while len(self.turns) * longest <= self.design["budget"]:
            taken = self.queue.pop()
            if taken is None:
                break
            self._in_line(taken[1])
            longest = max(longest, self.waiting[-1][0])

    def _later(self, said: float, comes_ms: float) -> float:
        if not said > self.now_ms:
            raise SchedulerStalled(
                f"at {self.now_ms:.1f} ms next_batch wants to be asked again at {said:.1f} ms: give a later time, or a batch"
            )
        if said == comes_ms == math.inf:
            raise SchedulerStalled(
                f"{len(self.turns)} texts wait, and next_batch never wants to be asked again"
            )
        return min(said, comes_ms)

    def _pass(self, batch: Sequence[int]) -> None:
        chosen = set(batch)
        if not chosen or not chosen <= set(range(len(self.turns))):
            raise SchedulerStalled(
                f"next_batch gave {list(batch)[:5]} of {len(self.turns)} who wait: give their indices"
            )
        jobs = [self.turns[index] for index in sorted(chosen)]
        tokens = [self.waiting[index][0] for index in chosen]
        self.turns = [job for index, job in enumerate(self.turns) if index not in chosen]
        self.waiting = [each for index, each in enumerate(self.waiting) if index not in chosen]
        for job in jobs:
            self.store.start(job)
        useful, rectangle = sum(tokens), len(tokens) * max(tokens)
        computed = useful if self.load.get("packed") else rectangle
        took = pass_ms(computed)
        self.now_ms += took
        self.gpu_ms += took
        self.computed += computed
        self.useful += useful
        self.passes += 1
        self.ran += len(jobs)
        for job in jobs:
            self._answer(job)

    def _answer(self, job: int) -> None:
        for _ in range(2 if self.load.get("twice") else 1):
            with suppress(ValueError):  # a second answer is refused
                self.store.resolve(job, {"score": job})
        if self.queue is not None:
            self.queue.finish(f"team {self.texts.tenant[self.text_of[job]]}")

    def measured(self) -> dict[str, float]:
        taken = [number for number, times in self.told.items() if times]
        took = np.array([self.told[number][0] - self.texts.at_ms[number] for number in taken])
        short = np.array([self.texts.tokens[number] <= LONGEST for number in taken])
        large = np.array([self.texts.tenant[number] == 0 for number in taken])
        return {
            "p50": float(np.percentile(took[short], 50)),
            "p99": float(np.percentile(took[short], 99)),
            "small": float(np.percentile(took[~large], 99)),
            "large": float(np.percentile(took[large], 99)),
            "gpu": self.gpu_ms / self.ran,
            "refused": self.refused / len(self.texts.at_ms),
            "waste": 1 - self.useful / self.computed,
            "batch": self.ran / self.passes,
            "jobs": len(self.text_of) / len(self.told),
            "wrong": sum(len(times) != 1 for times in self.told.values()) / len(self.told),
            "busy": self.gpu_ms / self.now_ms,
        }
