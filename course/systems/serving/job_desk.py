"""A desk before a store of jobs: what a caller holds, by number, and what callers were told."""

from collections.abc import Callable
from typing import Any

from course.systems.serving.job_book import Job, JobBook

Telling = tuple[str, Any]
"""State and result of a job, as somebody finds them."""


class JobDesk:
    """A store that ``make_store(room, keep_s)`` makes. Callers are numbered from 0, in the order of their calls of ``submit``
    that were taken in; each keeps the `Job` that it got,
    and the dict that it sent."""

    def __init__(self, make_store: Callable[[int, float], JobBook], room: int, keep_s: float) -> None:
        self.store = make_store(room, keep_s)
        self.got: list[Job] = []
        self.sent: list[Any] = []
        self.heard: dict[int, list[Telling]] = {}

    def submit(self, key: str, body: Any, tenant: str, now_s: float) -> int:
        """The id of the job that the next caller gets."""
        sent = dict(body) if isinstance(body, dict) else body
        self.got.append(self.store.submit(key, sent, tenant, now_s))
        self.sent.append(sent)
        return self.got[-1].id

    def empties(self, caller: int) -> None:
        """The caller uses the dict that it sent for something else."""
        self.sent[caller].clear()

    def sees(self, caller: int) -> Telling:
        """State and result of the job that a caller holds."""
        return self.got[caller].state, self.got[caller].result

    def start(self, job_id: int) -> None:
        self.store.start(job_id)

    def cancel(self, job_id: int) -> Telling:
        """What is found after the store was asked to cancel."""
        job = self.store.cancel(job_id)
        return job.state, job.result

    def resolve(self, job_id: int, outcome: Any, failed: bool = False) -> None:
        self.store.resolve(job_id, outcome, failed)

    def watch(self, job_id: int, how: str = "") -> None:
        """Have the job watched. A "rude" watcher raises when it was told, a "pushy" one resolves the job once more."""

        def call(job: Job) -> None:
            self.heard.setdefault(job.id, []).append((job.state, job.result))
            if how == "pushy":
                self.store.resolve(job.id, "again")
            if how == "rude":
                raise RuntimeError(f"who waits for job {job.id} has gone")

        self.store.watch(job_id, call)

    def told(self, job_id: int) -> list[Telling]:
        """What was told of a job, in order."""
        return self.heard.get(job_id, [])

    def left(self, job_id: int) -> int:
        """How many watch a job still."""
        return len(self.store.get(job_id).watchers)

    def queued(self) -> int:
        return self.store.queued

    def faults(self) -> list[str]:
        """The kinds of errors that watchers raised."""
        return [type(fault).__name__ for fault in self.store.faults]
