"""Asynchronous jobs: the same key is one job, and an answer reaches whoever waits for it once."""

from typing import Any

from course.systems.serving.errors import AlreadyResolved, KeyReused, QueueFull
from course.systems.serving.job_book import ENDED, Job, JobBook, check_body


class JobStore(JobBook):
    """Take jobs in, and give their answers back.

    Inherited: `self.room`, `self.keep_s` and `self.retry_after_s`; `self.keys`, a dict that is
    `submit`'s alone; `self.queued`, how many jobs are in line; `self.enqueue(tenant, body,
    now_s)`, which puts a new job at the end of the line and returns it; `self.get(job_id)`, which
    raises `UnknownJob`; `self.faults`, a list. `start`, `watch` and `cancel` are there for others.

    A `Job` has `id`, `tenant`, `body` (a copy of what was sent), `submitted_s`, `state` (a str),
    `result`, `cancelling` (a bool: somebody has asked to cancel it) and `watchers`, a list of
    functions.
    """

    def submit(self, key: str, body: dict[str, Any], tenant: str, now_s: float) -> Job:
        """Take a job in, and return it: the `Job` itself, whose `state` will change.

        A key stands for its job from the `submitted_s` of that job until `keep_s` seconds
        later; at that very second it is new again. Whoever sends the same key with an equal
        body in that time gets the same job, whatever its state, also where there is no room; it
        is not enqueued again, and its time does not begin anew. A key belongs to a tenant: of
        two tenants each has its own, and both names may hold any character. Bodies are equal as
        `==` says: dicts in any order of their keys, and 1 equals 1.0. The caller may change its
        dict afterwards; a job's `body` is a copy.

        Errors, in this order: `InvalidBody`, as `check_body(body)` raises it; `KeyReused(key,
        first_job)` where the key stands for a job with another body, `first_job` being its id;
        `QueueFull(retry_after_s)` where `room` jobs are queued. After an error everything is as
        it was, and a key that met a full queue may be sent again. Complexity: O(1), and what it
        takes to compare two bodies. Source: the draft of an HTTP header `Idempotency-Key`
        (IETF, httpapi working group).
        """
        check_body(body)
        known = self.keys.get((tenant, key))
        if known is not None and now_s < known.submitted_s + self.keep_s:
            if known.body != body:
                raise KeyReused(key, known.id)
            return known
        if self.queued >= self.room:
            raise QueueFull(self.retry_after_s)
        job = self.enqueue(tenant, body, now_s)
        self.keys[tenant, key] = job
        return job

    def resolve(self, job_id: int, outcome: Any, failed: bool = False) -> None:
        """End a job with its outcome, once, and tell everybody who watches it.

        Its `state` becomes "failed" or "succeeded", as `failed` says, and `result` the outcome.
        Where `job.cancelling` is true, the state becomes "cancelled" instead, and the outcome is
        thrown away: `result` stays None. Then each of `job.watchers` is called with the job, in
        their order; each is called once, and finds the job as it ends. One that raises an
        `Exception` keeps no other from being called: what it raised is appended to `self.faults`.
        When this returns, `job.watchers` is empty.

        Errors, in this order: `UnknownJob(job_id)`; `AlreadyResolved(job_id)` where it has
        ended (`ENDED` holds those states), and then nothing changes and nobody is called, also
        when a watcher is who asks. Complexity: O(watchers).
        """
        job = self.get(job_id)
        if job.state in ENDED:
            raise AlreadyResolved(job_id)
        if job.cancelling:
            job.state = "cancelled"
        else:
            job.state, job.result = "failed" if failed else "succeeded", outcome
        watchers, job.watchers = job.watchers, []
        for call in watchers:
            try:
                call(job)
            except Exception as fault:
                self.faults.append(fault)
