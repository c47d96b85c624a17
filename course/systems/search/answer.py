"""What a broker gives back, and what it sends through."""

from dataclasses import dataclass
from typing import Protocol

from course.systems.search.hits import Hit


@dataclass(frozen=True)
class Answer:
    """``hits``, best first; ``again``, the shards that must be asked for more before these are certain; ``coverage``, the share of all documents
    that was searched; ``missing``, the shards that have not answered; ``hedged``, how many requests went out because a shard was late."""

    hits: list[Hit]
    again: list[str]
    coverage: float
    missing: list[str]
    hedged: int


class Network(Protocol):
    """Machines by name, and a clock in ms. Nothing here waits but :meth:`receive`."""

    def now(self) -> float:
        """The time."""
        ...

    def send(self, machine: str, query: str, ask: int) -> int | None:
        """Ask ``machine`` for its ``ask`` best: a ticket, which no other request has; None where it is known to be dead."""
        ...

    def receive(self, until: float) -> tuple[int, list[Hit] | None] | None:
        """Wait for what comes next: a ticket and its hits, or a ticket and None where the connection broke before they came. Tickets of earlier
        searches come too. None where nothing has come by ``until``, and that is the time then."""
        ...
