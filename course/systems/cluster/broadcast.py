"""The fastest pipelined tree from one source to many machines.

Source: Mundinger, Weber and Weiss, "Optimal Scheduling of Peer-to-Peer File Dissemination" (Journal of Scheduling 11, 2008), for the floor.
"""

import math
from collections.abc import Sequence
from typing import TypedDict

from course.systems.cluster.errors import NoLink, NoMachines

MIB = 2**20
SIZES = (MIB, 4 * MIB, 16 * MIB, 64 * MIB, 256 * MIB)
FANOUTS = (1, 2, 3, 4, 8)


class Plan(TypedDict):
    """A tree: each machine passes each chunk on to ``fanout`` others; ``depth`` machines stand on the longest way; chunks have
    ``chunk`` bytes; the last machine has everything after ``seconds``."""

    fanout: int
    depth: int
    chunk: int
    seconds: float


def depth_of(machines: int, fanout: int) -> int:
    """Machines on the longest way of a complete tree, whose root alone is fed by the source."""
    held, row, depth = 1, 1, 1
    while held < machines:
        row *= fanout
        held += row
        depth += 1
    return depth


def broadcast_plan(
    size: int,
    machines: int,
    *,
    ingress: float,
    link: float,
    per_chunk: float = 0.0,
    chunks: Sequence[int] = SIZES,
    fanouts: Sequence[int] = FANOUTS,
) -> Plan:
    """The fastest way to bring ``size`` bytes to so many ``machines`` by a tree, of the sizes in ``chunks`` and the ``fanouts``.

    The source sends ``ingress`` bytes a second to the root, each machine ``link`` bytes a second, shared by the ``fanout``
    machines below it; it counts as shared by so many also where fewer are left, or none. All links work at the same time, and a step
    takes as long as the slowest of them needs for a chunk, and ``per_chunk`` seconds on top, whatever its size. A chunk is passed
    on once it is there: the last machine has the last chunk after as many steps as there are chunks, and one more for each machine
    on the longest way before it, even if ``size`` is 0. The last chunk counts as a whole one.

    Of equally fast plans the larger chunk, then the smaller fanout. Raises, in this order, ``NoLink(rate)`` for an ``ingress``, then
    for a ``link``, that is not above 0 (NaN is not), ``NoMachines(machines)`` below 1. O(chunks × fanouts × log machines); a fanout of 1 is a chain: O(machines).
    """
    for rate in (ingress, link):
        if not rate > 0:
            raise NoLink(rate)
    if machines < 1:
        raise NoMachines(machines)
    plans: list[Plan] = []
    for chunk in chunks:
        for fanout in fanouts:
            depth = depth_of(machines, fanout)
            step = max(chunk / ingress, fanout * chunk / link) + per_chunk
            seconds = (math.ceil(size / chunk) + depth - 1) * step
            plans.append({"fanout": fanout, "depth": depth, "chunk": chunk, "seconds": seconds})
    return min(plans, key=lambda plan: (plan["seconds"], -plan["chunk"], plan["fanout"]))
