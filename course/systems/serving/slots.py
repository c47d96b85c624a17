"""Contiguous KV slots and the line in front of them: what every scheduler of the day shares."""

from collections import deque
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.systems.serving.errors import DuplicateRequest, InvalidSetting, RequestTooLong, SchedulerStalled
from course.systems.serving.iteration import Iteration
from course.systems.serving.request import Request, Sequence, Work
from course.systems.serving.step_time import StepTime, StepTimeModel, Table

Row = tuple[int, int, int, float, int]
"""A request in plain numbers: id, prompt tokens, output tokens, arrival in milliseconds, priority."""
Columns = dict[str, NDArray[Any]]
"""A schedule as plain arrays: see `SlotScheduler.serve`."""


class SlotScheduler:
    """A waiting line and a fixed number of slots; a subclass says in `step` what one iteration computes.

    A slot is one contiguous stretch of KV memory, reserved for `slot_tokens` tokens from admission to
    completion whatever the request turns out to need: nobody knows how long an answer will be. `slots[i]` is
    the `Sequence` in slot i, or None. `waiting` is a deque whose left end is served next: by `priority`, then
    in order of submission. With `max_waiting` the line is bounded: what does not fit is refused.

    Raises `InvalidSetting` for fewer than one slot, slot token or waiting place.
    """

    def __init__(self, slots: int, slot_tokens: int, max_waiting: int | None = None) -> None:
        if slots < 1 or slot_tokens < 2 or (max_waiting is not None and max_waiting < 1):
            raise InvalidSetting(
                f"{slots} slots of {slot_tokens} tokens and a line of {max_waiting}: at least 1 slot, 2 tokens "
                "and 1 waiting place are needed; use max_waiting=None for a line without a bound"
            )
        self.slots: list[Sequence | None] = [None] * slots
        self.slot_tokens = slot_tokens
        self.max_waiting = max_waiting
        self.waiting: deque[Request] = deque()
        self._known: set[int] = set()

    def submit(self, request: Request) -> Request | None:
        """Put a request in line; return the one refused: None, this one, or the last in line that it outranks.

        Raises `RequestTooLong` when prompt and output together exceed the slot, `DuplicateRequest` for an id
        that was submitted before. O(1) when priorities are equal.
        """
        if request.prompt_tokens + request.output_tokens > self.slot_tokens:
            raise RequestTooLong(
                f"request {request.id} needs {request.prompt_tokens} + {request.output_tokens} tokens, a slot "
                f"holds {self.slot_tokens}: cut the prompt or the answer, or make fewer, longer slots"
            )
        if request.id in self._known:
            raise DuplicateRequest(f"request {request.id} was submitted before: give each request its own id")
        self._known.add(request.id)
        place = len(self.waiting)
        while place > 0 and self.waiting[place - 1].priority > request.priority:
            place -= 1
        self.waiting.insert(place, request)
        if self.max_waiting is not None and len(self.waiting) > self.max_waiting:
            return self.waiting.pop()
        return None

    def submit_row(self, id: int, prompt_tokens: int, output_tokens: int, priority: int = 0) -> int | None:
        """`submit` in plain numbers; return the id refused, or None."""
        refused = self.submit(Request(id, prompt_tokens, output_tokens, priority=priority))
        return None if refused is None else refused.id

    @property
    def busy(self) -> bool:
        """True while a request is waiting or holds a slot."""
        return bool(self.waiting) or any(sequence is not None for sequence in self.slots)

    def step(self) -> Iteration:
        raise NotImplementedError

    def run(self, iterations: int | None = None) -> list[dict[str, Any]]:
        """Step that many times, or until idle; return each iteration as plain values (`Iteration.as_dict`).

        Raises `SchedulerStalled` when, running until idle, a step computes nothing.
        """
        rows: list[dict[str, Any]] = []
        while self.busy if iterations is None else len(rows) < iterations:
            iteration = self._stepped()
            if iterations is None and not iteration.work:
                raise stalled(self)
            rows.append(iteration.as_dict())
        return rows

    def serve(self, rows: Iterable[Row], step_time: StepTime | Table) -> Columns:
        """Serve requests as they arrive, on simulated time, until all are answered or refused.

        Who arrived before an iteration starts is in line for it; when idle, time jumps to the next arrival.
        `step_time` gives an iteration's milliseconds: a function, or the plain `table` of a `StepTimeModel`.
        Returns the schedule as arrays. One entry an iteration: `start_ms`, `end_ms`, `items`; one entry an item
        of work, iteration after iteration: the fields of `Work`. Raises `SchedulerStalled` when a step computes
        nothing although work remains. O(tokens) time and memory.
        """
        step_ms = step_time if callable(step_time) else StepTimeModel(*step_time)
        coming = deque(sorted((Request(*row) for row in rows), key=lambda r: (r.arrival_ms, r.id)))
        times: list[tuple[float, float, int]] = []
        columns: list[list[Any]] = [[] for _ in Work._fields]
        now = 0.0
        while coming or self.busy:
            if not self.busy:
                now = max(now, coming[0].arrival_ms)
            while coming and coming[0].arrival_ms <= now:
                self.submit(coming.popleft())
            iteration = self._stepped()
            if not iteration.work:
                raise stalled(self)
            start, now = now, now + step_ms(iteration)
            times.append((start, now, len(iteration.work)))
            for column, values in zip(columns, zip(*iteration.work, strict=True), strict=True):
                column.extend(values)
        start_ms, end_ms, items = np.array(times, np.float64).reshape(-1, 3).T
        found: Columns = {"start_ms": start_ms, "end_ms": end_ms, "items": items.astype(np.int64)}
        dtypes: dict[str, Any] = {"phase": "U7", "emits": bool, "finishes": bool}
        for name, column in zip(Work._fields, columns, strict=True):
            found[name] = np.array(column, dtypes.get(name, np.int64))
        return found

    def _stepped(self) -> Iteration:
        iteration = self.step()
        if not isinstance(iteration, Iteration):
            raise TypeError(f"step() returned {type(iteration).__name__}: return Iteration(work)")
        return iteration


def stalled(scheduler: SlotScheduler) -> SchedulerStalled:
    """The refusal to go on stepping a scheduler that makes no progress."""
    held = sum(sequence is not None for sequence in scheduler.slots)
    return SchedulerStalled(
        f"step() computed nothing with {len(scheduler.waiting)} requests waiting and {held} of "
        f"{len(scheduler.slots)} slots held: admit into free slots, and free the slot of what has finished"
    )
