"""Who waits for the answers of jobs, and counts what it is told."""

from typing import Any

from course.systems.serving.job_book import Job, JobBook


class Listener:
    """Told of jobs by :meth:`hear`; ``heard`` holds the id, state and result of each telling, in order.

    Where it is ``rude`` it raises after that; where it is given a ``store`` it first tries to resolve the job a second time,
    and hears "again" if it could.
    """

    def __init__(self, rude: bool = False, store: JobBook | None = None) -> None:
        self.rude, self.store = rude, store
        self.heard: list[tuple[int, str, Any]] = []

    def hear(self, job: Job) -> None:
        self.heard.append((job.id, job.state, job.result))
        if self.store is not None:
            try:
                self.store.resolve(job.id, "again")
                self.heard.append((job.id, "again", None))
            except ValueError:
                pass
        if self.rude:
            raise RuntimeError(f"the caller of job {job.id} has gone")

    def watch(self, store: JobBook, *job_ids: int) -> None:
        """Watch these jobs."""
        for job_id in job_ids:
            store.watch(job_id, self.hear)

    def told(self) -> list[tuple[int, str, Any]]:
        return list(self.heard)
