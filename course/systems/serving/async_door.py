"""Asynchronous callers before a function that computes one batch at a time: in, through, and back."""

import asyncio
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from course.systems.serving.front_door import Batcher
from course.systems.serving.job_book import ENDED, Job, JobBook


class AsyncDoor:
    """Callers ``await ask(…)``; ``score`` gets the texts of a batch and gives a result for each, or raises.

    ``score`` runs in a thread, one batch at a time, so that callers come in meanwhile; everything else happens on the
    event loop's own thread, and needs no lock. ``now_ms`` is the clock. ``passes`` holds the size of each batch.
    """

    def __init__(
        self,
        store: JobBook,
        batcher: Batcher,
        score: Callable[[Sequence[str]], Sequence[Any]],
        now_ms: Callable[[], float],
    ) -> None:
        self.store, self.batcher, self.score, self.now_ms = store, batcher, score, now_ms
        self.waiting: list[tuple[Job, float]] = []
        self.known: set[int] = set()
        self.passes: list[int] = []
        self._came = asyncio.Event()

    async def ask(self, key: str, text: str, tenant: str) -> tuple[str, Any]:
        """State and result of the caller's job, when it has ended. Raises what ``submit`` raises."""
        job = self.store.submit(key, {"text": text}, tenant, self.now_ms() / 1000)
        answer: asyncio.Future[tuple[str, Any]] = asyncio.get_running_loop().create_future()

        def told(job: Job) -> None:
            if not answer.done():  # a caller that has gone has cancelled it
                answer.set_result((job.state, job.result))

        self.store.watch(job.id, told)
        if job.id not in self.known:
            self.known.add(job.id)
            self.waiting.append((job, self.now_ms()))
            self._came.set()
        return await answer

    async def serve(self) -> None:
        """Run batch after batch until this task is cancelled."""
        while True:
            self._came.clear()
            self.waiting = [(job, since) for job, since in self.waiting if job.state not in ENDED]
            line = [(len(job.body["text"]), since) for job, since in self.waiting]
            said = self.batcher.next_batch(line, self.now_ms())
            if isinstance(said, list):
                await self._run([self.waiting[index][0] for index in said])
            else:
                await self._pause(said - self.now_ms())

    async def _pause(self, ms: float) -> None:
        """Until somebody comes, or so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._came.wait(), None if ms == math.inf else ms / 1000)

    async def _run(self, jobs: Sequence[Job]) -> None:
        running = {self.store.start(job.id).id for job in jobs}
        self.waiting = [(job, since) for job, since in self.waiting if job.id not in running]
        self.passes.append(len(jobs))
        try:
            results = await asyncio.to_thread(self.score, [job.body["text"] for job in jobs])
        except Exception as fault:
            for job in jobs:
                self.store.resolve(job.id, str(fault), failed=True)
        else:
            for job, result in zip(jobs, results, strict=True):
                self.store.resolve(job.id, result)
