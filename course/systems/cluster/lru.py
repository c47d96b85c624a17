"""Least recently used: the cache that everybody builds first."""

from collections import OrderedDict
from typing import Generic, TypeVar

V = TypeVar("V")


class LRU(Generic[V]):
    """At most ``capacity`` keys with their values; where there is no room, the one goes that was used longest ago.

    Both ``get`` and ``put`` use a key. Raises ``ValueError`` for a capacity below 0; one of 0 keeps nothing.
    Complexity: O(1) each.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 0:
            raise ValueError(f"a cache of {capacity} entries; it has at least 0")
        self.capacity = capacity
        self._kept: OrderedDict[str, V] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def keys(self) -> list[str]:
        """The keys, the one that was used longest ago first."""
        return [*self._kept]

    def get(self, key: str) -> V | None:
        """The value of ``key``, or None where it is not kept."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    def put(self, key: str, value: V) -> str | None:
        """Keep ``value``, and say which key went for it: None where there was room."""
        self._kept[key] = value
        self._kept.move_to_end(key)
        return self._kept.popitem(last=False)[0] if len(self._kept) > self.capacity else None

    def victim(self) -> str:
        """The key that would go next. Raises ``LookupError`` where none is kept."""
        if not self._kept:
            raise LookupError("the cache is empty, so no key can go; put one first")
        return next(iter(self._kept))
