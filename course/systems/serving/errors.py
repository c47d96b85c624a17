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
