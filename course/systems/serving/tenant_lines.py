"""A line for each tenant, and what each was served: what a fair queue keeps."""

from collections import Counter, deque
from collections.abc import Mapping
from typing import NamedTuple

INPUT_PRICE, OUTPUT_PRICE = 1.0, 2.0
"""What a token read and a token written count for: as in the code of Sheng and others (OSDI 2024)."""


class Entry(NamedTuple):
    """A request in line: its place among all that were ever pushed, its id, its input tokens."""

    number: int
    request: int
    tokens: int


class TenantLines:
    """Lines, counters and running requests of each tenant; a subclass says in ``push`` and ``pop`` whose turn it is.

    ``lines[tenant]``: a deque of `Entry`, the oldest at its left; empty, or missing, where nothing of the tenant waits.
    ``running[tenant]``: how many of its requests were popped and have not finished; 0 where there are none. ``counters``:
    what each was served, in tokens by price and weight. ``weights``: a tenant of weight 2 is due twice as much; 1 where
    there is none.
    """

    def __init__(self, weights: Mapping[str, float] | None = None) -> None:
        self.weights = dict(weights or {})
        self.counters: dict[str, float] = {}
        self.lines: dict[str, deque[Entry]] = {}
        self.running: Counter[str] = Counter()
        self._pushed = 0

    def push(self, tenant: str, request: int, tokens: int) -> None:
        raise NotImplementedError

    def pop(self) -> tuple[str, int] | None:
        raise NotImplementedError

    def charge(self, tenant: str, tokens: int) -> None:
        raise NotImplementedError

    def join(self, tenant: str, request: int, tokens: int) -> None:
        """A request at the end of its tenant's line."""
        self.lines.setdefault(tenant, deque()).append(Entry(self._pushed, request, tokens))
        self._pushed += 1

    def take(self, tenant: str) -> Entry:
        """Take the oldest request out of a tenant's line; it runs from now on."""
        self.running[tenant] += 1
        return self.lines[tenant].popleft()

    def finish(self, tenant: str) -> None:
        """One of the tenant's running requests has finished."""
        self.running[tenant] -= 1

    @property
    def waiting(self) -> int:
        """How many requests are in line."""
        return sum(map(len, self.lines.values()))

    def counter(self, tenant: str) -> float:
        """What the tenant was served."""
        return self.counters.get(tenant, 0.0)
