"""What serving code refuses, by name. Each message gives the value, the limit and the way out."""


class ServingError(ValueError):
    """Base of every refusal in `course.systems.serving`."""


class InvalidRequest(ServingError):
    """A request with no prompt, no output to generate, or an arrival before time zero."""


class RequestTooLong(ServingError):
    """A request that could outgrow the KV slot it would be given."""


class DuplicateRequest(ServingError):
    """A request id that is already waiting or already in a slot."""


class InvalidSetting(ServingError):
    """A scheduler, a step-time model or an SLO configured outside what it can mean."""


class InvalidAdvance(ServingError):
    """A sequence asked to compute more tokens than it has, or none, or any after its last."""


class SchedulerStalled(ServingError):
    """A step that computed nothing while requests were still waiting or in slots."""


class UnknownStepTime(ServingError):
    """A GPU, model or tensor parallelism that the published table does not hold."""


class InvalidOutcomes(ServingError):
    """Arrays of request outcomes that differ in length, or an observation window that is not positive."""


class ImpossibleSchedule(ServingError):
    """A schedule that no server could have run: tokens, slots or times do not add up."""


class NoReplica(LookupError):
    """There is no replica to send a request to."""

    def __init__(self) -> None:
        super().__init__("no replica is ready: start one, or keep the request in the queue")


class InvalidBound(ValueError):
    """A bound on a replica's load that not even an even share keeps."""

    def __init__(self, bound: float) -> None:
        super().__init__(f"a bound of {bound} times the mean load leaves no room: use at least 1")
        self.bound = bound


class InvalidBody(ServingError):
    """A job whose body holds no text."""


class UnknownJob(ServingError):
    """No job was ever given the id ``job_id``."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"there is no job {job_id}; use an id that submit gave")
        self.job_id = job_id


class KeyReused(ServingError):
    """The idempotency key ``key`` stands for the job ``first_job``, which has another body."""

    def __init__(self, key: str, first_job: int) -> None:
        super().__init__(
            f"the key {key!r} stands for job {first_job} with another body; make a new key for a new job"
        )
        self.key, self.first_job = key, first_job


class QueueFull(ServingError):
    """No room for another job: come again after ``retry_after_s`` seconds."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"the queue is full; send it again after {retry_after_s:g} s, under the same key")
        self.retry_after_s = retry_after_s


class AlreadyResolved(ServingError):
    """The job ``job_id`` has its answer, or was cancelled: an answer is given once."""

    def __init__(self, job_id: int) -> None:
        super().__init__(
            f"job {job_id} is resolved already; drop this answer, and look for who sent it twice"
        )
        self.job_id = job_id


class InvalidShape(ServingError):
    """Arrays whose shapes do not fit each other, or do not fit the cache that they are for."""


class CacheMismatch(ServingError):
    """New tokens that do not begin where the cache ends."""


class UnknownTable(ServingError):
    """A block table that this allocator did not hand out, or that was freed."""

    def __init__(self) -> None:
        super().__init__("this table is not in use: it was freed, or another allocator made it")


class NotEnoughBlocks(ServingError):
    """`needed` blocks are wanted and `free` are free."""

    def __init__(self, needed: int, free: int) -> None:
        super().__init__(
            f"{needed} blocks are needed and {free} are free: wait, or take them from a running sequence"
        )
        self.needed, self.free = needed, free
