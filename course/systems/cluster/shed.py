"""Load shedding in a queue: whom a free worker takes, and who is not worth starting any more."""

from collections.abc import Sequence
from typing import TypedDict


class Request(TypedDict):
    """A request that waits. ``priority`` 0 is the most important class; times are in seconds of one clock."""

    id: int
    arrived_s: float
    deadline_s: float
    priority: int


def next_request(
    waiting: Sequence[Request], now_s: float, expected_s: float
) -> tuple[Request | None, list[Request]]:
    """Which of ``waiting`` a worker that is free at ``now_s`` starts (``None`` if there is nothing to start), and those that
    are thrown away, in their order in ``waiting``. The others wait on.

    ``expected_s``, above 0, is how long an answer takes: 95 of 100 take no longer. A request is worth starting if an answer
    may still come by its ``deadline_s``. Two rules are right here, as long as it is the same one each time. Thrown away is
    *either* what has reached its deadline, ``deadline_s <= now_s``, *or* what is not expected to be ready by then,
    ``now_s + expected_s > deadline_s``. Of those worth starting the most important class goes first (``priority`` 0, then 1,
    and so on), within a class who arrived first, and of equals the first in ``waiting``. Nobody is thrown away because somebody else matters more.

    ``waiting`` need not be in any order, and stays as it is. Complexity: one pass, O(n).
    """
    chosen: Request | None = None
    hopeless = []
    for request in waiting:
        rank = request["priority"], request["arrived_s"]
        if now_s + expected_s > request["deadline_s"]:
            hopeless.append(request)
        elif chosen is None or rank < (chosen["priority"], chosen["arrived_s"]):
            chosen = request
    return chosen, hopeless
