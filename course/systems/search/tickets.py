"""The requests of one search: who was asked, and which ticket is of which shard."""

from collections.abc import Container, Sequence

from course.systems.search.answer import Network


class Tickets:
    """Sends ``query`` for the ``ask`` best through a network, to one copy of a shard after the other."""

    def __init__(self, network: Network, query: str, ask: int) -> None:
        self.network, self.query, self.number = network, query, ask
        self.out: dict[int, str] = {}
        self.tried: set[str] = set()

    def ask(self, shard: str, copies: Sequence[str]) -> bool:
        """Ask one more copy of ``shard``: the first of ``copies`` that was not tried in this search and is not known to be dead. False where
        there is none."""
        for machine in copies:
            if machine not in self.tried:
                self.tried.add(machine)
                ticket = self.network.send(machine, self.query, self.number)
                if ticket is not None:
                    self.out[ticket] = shard
                    return True
        return False

    def take(self, ticket: int) -> str:
        """The shard that ``ticket`` is of, which is no longer out; "" for a ticket that this search did not get."""
        return self.out.pop(ticket, "")

    def silent(self, answered: Container[str]) -> list[str]:
        """The shards with a ticket out that are not among those ``answered``, sorted."""
        return sorted({shard for shard in self.out.values() if shard not in answered})
