"""Errors of the cluster modules; nothing here is ever cut, so a check can look for them by name."""


class RingError(Exception):
    """A ring, or a placement on one, was asked for something that it cannot do."""


class EmptyRing(RingError, LookupError):
    """No node is on the ring, so no key has an owner."""

    def __init__(self) -> None:
        super().__init__("the ring has no nodes, so no key has an owner; add a node first")


class UnknownNode(RingError, KeyError):
    """The node is not on the ring."""

    def __init__(self, node: str) -> None:
        super().__init__(f"node {node!r} is not on the ring; add it first")
        self.node = node

    def __str__(self) -> str:
        return str(self.args[0])


class DuplicateNode(RingError, ValueError):
    """The node is on the ring already."""

    def __init__(self, node: str) -> None:
        super().__init__(f"node {node!r} is on the ring already; remove it first to change its weight")
        self.node = node


class PartitionError(Exception):
    """A map of ranges, or a sketch, was asked for something that it cannot do."""


class BadCut(PartitionError, ValueError):
    """A range already begins at the key, so cutting there would leave an empty one."""

    def __init__(self, at: str) -> None:
        super().__init__(
            f"a range begins at {at!r} already, so a cut there leaves an empty one; cut inside it"
        )
        self.at = at


class StaleMap(PartitionError):
    """The caller asks by an epoch that is not the range's: ``epoch`` is what holds now."""

    def __init__(self, key: str, epoch: int) -> None:
        super().__init__(f"the range of {key!r} is at epoch {epoch}; read the map again, then ask again")
        self.key, self.epoch = key, epoch


class UnlikeSketches(PartitionError, ValueError):
    """Two sketches whose cells mean different keys."""

    def __init__(self, mine: tuple[object, ...], other: tuple[object, ...]) -> None:
        super().__init__(
            f"sketches of (width, depth, seed, salt) {mine} and {other} do not add up; make both alike"
        )
        self.mine, self.other = mine, other


class QuorumError(Exception):
    """A replicated store was asked for something that it cannot do now, or ever."""


class BadQuorum(QuorumError, ValueError):
    """The answers or acknowledgements to wait for are fewer than 1 or more than the copies."""

    def __init__(self, copies: int, r: int, w: int) -> None:
        super().__init__(f"r is {r} and w is {w} of {copies} copies; each is at least 1 and at most {copies}")


class NoQuorum(QuorumError):
    """Fewer replicas answered than the operation needs. A write may still be on those that took it."""

    def __init__(self, need: int, got: int) -> None:
        super().__init__(f"{got} of the {need} answers came; try again, and expect what was sent to be there")
        self.need, self.got = need, got


class FlightError(Exception):
    """Loads that are shared could not be watched."""


class WaitsElsewhere(FlightError, RuntimeError):
    """A caller waits for something that whoever watches it cannot see."""

    def __init__(self) -> None:
        super().__init__("a caller waits for neither `lock` nor a flight's `done`; wait for those alone")


class CallError(Exception):
    """A call to a dependency, or the key under which it was made."""


class NotDone(CallError):
    """The call was certainly not executed: it was refused, or never arrived."""


class Unknown(CallError):
    """No answer came: the call may have been executed, or not."""


class KeyReused(CallError, ValueError):
    """The idempotency key ``key`` stands for another request already."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the key {key!r} stands for another request; make a new key for a new request")
        self.key = key


class InProgress(CallError):
    """A call under ``key`` is under way."""

    def __init__(self, key: str) -> None:
        super().__init__(f"a call under the key {key!r} is under way; ask again later")
        self.key = key


class InDoubt(CallError):
    """Whether the call under ``key`` was executed is not known."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"whether the call under the key {key!r} was executed is not known; look it up in the ledger"
        )
        self.key = key


class DistributionError(Exception):
    """Bytes could not be cut, planned or passed on."""


class BadTarget(DistributionError, ValueError):
    """A chunk's size that is too small to be named."""

    def __init__(self, target: int) -> None:
        super().__init__(f"target is {target}; a chunk has 64 bytes or more, or its name is as long as it is")
        self.target = target


class NoLink(DistributionError, ValueError):
    """A rate at which nothing moves."""

    def __init__(self, rate: float) -> None:
        super().__init__(f"a link of {rate} bytes a second moves nothing; give a rate above 0")
        self.rate = rate


class NoMachines(DistributionError, ValueError):
    """Nobody to bring it to."""

    def __init__(self, machines: int) -> None:
        super().__init__(f"there are {machines} machines; give 1 or more")
        self.machines = machines
