"""Which chunk a machine of a swarm asks for next.

Source: Cohen, "Incentives Build Robustness in BitTorrent" (2003), "rarest first".
"""

import hashlib
from collections.abc import Mapping, Set
from functools import cache


@cache
def order(machine: str, chunk: int) -> int:
    """A place for ``chunk`` in the order of ``machine``'s own: the same each time, and unlike other machines'."""
    return int.from_bytes(hashlib.blake2b(f"{machine}/{chunk}".encode(), digest_size=8).digest(), "big")


def next_chunk(have: Set[int], offered: Set[int], copies: Mapping[int, int], machine: str) -> int | None:
    """The chunk that ``machine`` fetches next: of those ``offered`` that it does not ``have``, one of which the fewest ``copies`` are
    known. A chunk that ``copies`` does not name has none. Of several with equally few it takes the one with the least
    ``order(machine, chunk)``. None where nothing that is offered is missing. Changes nothing. O(offered).
    """
    missing = offered - have
    if not missing:
        return None
    fewest = min(copies.get(chunk, 0) for chunk in missing)
    rarest = [chunk for chunk in missing if copies.get(chunk, 0) == fewest]
    return min(rarest, key=lambda chunk: order(machine, chunk))
