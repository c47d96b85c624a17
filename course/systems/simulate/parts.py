"""What an estimate is made of: a machine, a fleet of them, a look-up's work, a tier that answers, a resource that fills up.

Each is a value that is checked when it is made, so that arithmetic on it need not be.
"""

import math
from dataclasses import dataclass

from course import facts

MOST_MACHINES = 100_000
"""Machines of the largest fleet that this course sizes: more is a mistake in the estimate."""


def _demand(holds: bool, what: str, wanted: str) -> None:
    if not holds:
        raise ValueError(f"{what}; it must be {wanted}")


@dataclass(frozen=True)
class Machine:
    """One kind of machine: ``cores``; ``memory`` in bytes; ``dollars`` an hour. A plan fills a share ``usable`` of its
    memory with the index, and keeps a share ``busy`` of its cores at work; the rest is headroom."""

    cores: int
    memory: float
    dollars: float
    usable: float = 0.8
    busy: float = 0.6

    def __post_init__(self) -> None:
        _demand(self.cores >= 1, f"{self.cores} cores", "at least 1")
        _demand(0 < self.memory < math.inf, f"memory is {self.memory} B", "a finite number above 0")
        _demand(0 <= self.dollars < math.inf, f"{self.dollars} $ an hour", "a finite number, 0 or more")
        _demand(0 < self.usable <= 1, f"usable is {self.usable}", "a share above 0, at most 1")
        _demand(0 < self.busy <= 1, f"busy is {self.busy}", "a share above 0, at most 1")

    @property
    def room(self) -> float:
        """Bytes for the index."""
        return self.memory * self.usable

    @property
    def planned(self) -> float:
        """Core-seconds of work that the plan allows it in each second."""
        return self.cores * self.busy


@dataclass(frozen=True)
class Fleet:
    """``copies`` whole sets of ``shards``, one shard a machine."""

    shards: int
    copies: int

    @property
    def machines(self) -> int:
        return self.shards * self.copies

    def dollars_month(self, machine: Machine) -> float:
        """What the fleet costs in a month of 730 hours, in dollars."""
        return self.machines * machine.dollars * facts.HOURS_PER_MONTH.value


@dataclass(frozen=True)
class Work:
    """What one look-up costs in a shard: ``core_s`` seconds of one core where the shard holds ``at`` documents, growing
    as a power of its documents. Exponent 1 is a scan of all; a graph index has one near 0.2."""

    core_s: float
    at: float = 1.0
    exponent: float = 1.0

    def __post_init__(self) -> None:
        _demand(
            0 <= self.core_s < math.inf, f"core_s is {self.core_s}", "a finite number of seconds, 0 or more"
        )
        _demand(0 < self.at < math.inf, f"at is {self.at} documents", "a finite number above 0")
        _demand(0 <= self.exponent <= 1, f"the exponent is {self.exponent}", "from 0 to 1")

    def seconds(self, documents: float) -> float:
        """Core-seconds of one look-up in a shard of so many documents; there may be fractions of one."""
        return self.core_s * math.pow(documents / self.at, self.exponent)


@dataclass(frozen=True)
class Tier:
    """One step of a cascade: it answers a share ``answers`` of the queries that reach it and hands on the rest. Each
    query that reaches it costs ``core_s`` seconds of a core and ``dollars``, answered or not."""

    name: str
    answers: float
    core_s: float = 0.0
    dollars: float = 0.0

    def __post_init__(self) -> None:
        _demand(0 <= self.answers <= 1, f"tier {self.name!r} answers {self.answers}", "a share from 0 to 1")
        _demand(0 <= self.core_s < math.inf, f"core_s of {self.name!r} is {self.core_s}", "finite, 0 or more")
        _demand(
            0 <= self.dollars < math.inf, f"dollars of {self.name!r} is {self.dollars}", "finite, 0 or more"
        )


@dataclass(frozen=True)
class Resource:
    """What a machine has ``capacity`` of. ``fixed`` of it is in use without any request.

    A *rate* (``held_s`` is None) is used up each second: core-seconds, bytes on a network. A request takes
    ``per_request`` of it once. A *stock* is held: connections, bytes of memory. A request holds ``per_request`` of it
    for ``held_s`` seconds and gives it back.
    """

    name: str
    capacity: float
    per_request: float
    fixed: float = 0.0
    held_s: float | None = None

    def __post_init__(self) -> None:
        _demand(
            0 < self.capacity < math.inf, f"capacity of {self.name!r} is {self.capacity}", "finite, above 0"
        )
        for what in ("per_request", "fixed", "held_s"):
            value = getattr(self, what) or 0.0
            _demand(0 <= value < math.inf, f"{what} of {self.name!r} is {value}", "finite, 0 or more")
