"""Jobs and their states: what every store of jobs shares. A job waits, runs, and ends once."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from course.systems.serving.errors import InvalidBody, UnknownJob

ENDED = ("succeeded", "failed", "cancelled")
"""States that a job never leaves."""


@dataclass
class Job:
    """One job. ``state`` is "queued", "running", or one of :data:`ENDED`; ``result`` is None until it has ended.

    ``cancelling``: somebody asked to cancel it. ``watchers`` are called with the job when it ends; none is left after that.
    """

    id: int
    tenant: str
    body: dict[str, Any]
    submitted_s: float
    state: str = "queued"
    result: Any = None
    cancelling: bool = False
    watchers: list[Callable[["Job"], None]] = field(default_factory=list, repr=False)


def check_body(body: dict[str, Any]) -> None:
    """Raises ``InvalidBody`` where ``body`` is no dict with a "text" of at least one character."""
    if not isinstance(body, dict) or not isinstance(body.get("text"), str) or not body["text"]:
        raise InvalidBody('a body is a dict with a "text" of at least one character; add one')


class JobBook:
    """Jobs by id, and the line of those that are queued; a subclass says in ``submit`` and ``resolve`` how a job begins
    and ends.

    ``room``: most jobs that may be queued. ``keep_s``: for how long a key stands for its job. ``retry_after_s``: what
    whoever finds no room is told.
    """

    def __init__(
        self,
        room: int = 10_000,
        keep_s: float = 86_400.0,  # chosen: a day, as a client retries at most
        retry_after_s: float = 1.0,
    ) -> None:
        self.room, self.keep_s, self.retry_after_s = room, keep_s, retry_after_s
        self.jobs: dict[int, Job] = {}
        self.line: dict[int, Job] = {}
        self.keys: dict[Any, Job] = {}
        self.faults: list[Exception] = []

    def submit(self, key: str, body: dict[str, Any], tenant: str, now_s: float) -> Job:
        raise NotImplementedError

    def resolve(self, job_id: int, outcome: Any, failed: bool = False) -> None:
        raise NotImplementedError

    def enqueue(self, tenant: str, body: dict[str, Any], now_s: float) -> Job:
        """A new job at the end of the line, with an id of its own and a copy of ``body``."""
        own = {name: copy.deepcopy(value) for name, value in body.items()}
        job = Job(len(self.jobs) + 1, tenant, own, now_s)
        self.jobs[job.id] = self.line[job.id] = job
        return job

    @property
    def queued(self) -> int:
        """How many jobs are in line."""
        return len(self.line)

    def get(self, job_id: int) -> Job:
        """The job of that id. Raises ``UnknownJob``."""
        if job_id not in self.jobs:
            raise UnknownJob(job_id)
        return self.jobs[job_id]

    def start(self, job_id: int) -> Job:
        """Take a queued job out of the line; it is running from now on."""
        job = self.line.pop(job_id)
        job.state = "running"
        return job

    def watch(self, job_id: int, call: Callable[[Job], None]) -> None:
        """Have ``call(job)`` when the job ends; now, if it has ended. Raises ``UnknownJob``."""
        job = self.get(job_id)
        if job.state in ENDED:
            call(job)
        else:
            job.watchers.append(call)

    def cancel(self, job_id: int) -> Job:
        """Ask to cancel a job: one that is queued ends now, one that runs ends when its pass does, without a result; one
        that has ended stays as it is. Raises ``UnknownJob``."""
        job = self.get(job_id)
        if job.state not in ENDED:
            job.cancelling = True
            if self.line.pop(job_id, None):
                self.resolve(job_id, None)
        return job
