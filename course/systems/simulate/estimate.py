"""Estimates from first principles: what a query costs, which resource is full first, how many machines.

The back of the envelope as three functions. Little, "A Proof for the Queuing Formula: L = λW" (Operations Research 9(3),
1961), for what is held; Barroso, Dean and Hölzle, "Web Search for a Planet" (IEEE Micro 23(2), 2003), for shards × copies.
"""

import math
from collections.abc import Sequence

from course.systems.simulate.errors import DoesNotFit, TooLarge, Unanswered
from course.systems.simulate.parts import MOST_MACHINES, Fleet, Machine, Resource, Tier, Work


def cost_per_million(tiers: Sequence[Tier], dollars_core_hour: float) -> dict[str, float]:
    """Dollars that a million queries cost, by the name of the tier that spends them.

    Tiers are asked in their order. Every query reaches the first. A tier answers the share
    ``answers`` of the queries that *reach it* and hands on the rest; it is paid for every query
    that reaches it, answered or not: its ``dollars``, and ``core_s`` seconds of a core at
    ``dollars_core_hour`` for a whole hour. The result has every tier, in the order of the tiers;
    tiers of one name are added up.

    Raises ``ValueError`` where there are no tiers or ``dollars_core_hour`` is below 0, then
    ``Unanswered(share)`` where a share of all queries is left over after the last tier, more than
    1e-9 of them.
    Complexity: one pass.
    """
    if not tiers or not dollars_core_hour >= 0:
        raise ValueError(
            f"{len(tiers)} tiers at {dollars_core_hour} $ a core-hour; give at least one, and no debt"
        )
    costs: dict[str, float] = {}
    reach = 1.0
    for tier in tiers:
        each = tier.dollars + tier.core_s * dollars_core_hour / 3600
        costs[tier.name] = costs.get(tier.name, 0.0) + 1e6 * reach * each
        reach *= 1 - tier.answers
    if reach > 1e-9:
        raise Unanswered(reach)
    return costs


def bottleneck(resources: Sequence[Resource]) -> tuple[str, float]:
    """The resource that is full at the lowest rate of requests, and that rate, in requests a
    second.

    A resource is full when what is in use reaches its ``capacity``: ``fixed``, and what the
    requests take. A rate (``held_s`` is None) is taken ``per_request`` by each request of a
    second. A stock is held: at a steady rate, so many requests are inside at once as arrive in
    ``held_s`` seconds (Little's law), and each holds ``per_request``. Resources may share a name.

    A resource of which ``fixed`` alone is all or more is full at 0.0. Any other that requests do
    not use, or hold for 0 seconds, is never full: ``math.inf``. Of several that are full at the
    same rate the first one counts. Raises ``ValueError`` where there are no resources. Complexity:
    one pass.
    """
    if not resources:
        raise ValueError("no resources; give at least one")
    first, lowest = resources[0].name, math.inf
    for resource in resources:
        taken = resource.per_request * (1 if resource.held_s is None else resource.held_s)
        left = resource.capacity - resource.fixed
        rate = 0.0 if left <= 0 else left / taken if taken else math.inf
        if rate < lowest:
            first, lowest = resource.name, rate
    return first, lowest


def fleet_size(
    documents: float, rate: float, size: float, work: Work, machine: Machine, copies: int = 2
) -> Fleet:
    """A fleet of machines that holds the index and serves the queries.

    The ``documents``, of ``size`` bytes each, are cut into equal shards (fractions of a document
    do not matter), one shard a machine; the set of all shards exists in several copies. Every
    query looks into every shard of one copy, and the copies take turns. So of ``rate`` queries a
    second, all machines of a copy see the same part, and each look-up there costs
    ``work.seconds(documents in a shard)``. All numbers are finite, ``rate`` need not be whole, and
    ``size`` is above 0.

    The fleet must hold, serve and last: a shard takes at most ``machine.room`` bytes; a machine
    works at most ``machine.planned`` core-seconds a second; there are at least ``copies`` copies
    and at least one shard. And it wastes nothing: with one shard fewer (the copies as they are)
    or one copy fewer (the shards as they are) it would break one of these.

    Raises ``ValueError`` where ``documents`` or ``copies`` is below 1 or ``rate`` below 0, then
    ``DoesNotFit(size, room)`` where one document is larger than the room, then
    ``TooLarge(machines, MOST_MACHINES)`` where it takes more machines than that, ``machines`` as you
    count them. Complexity: at most O(machines).
    """
    if not (documents >= 1 and copies >= 1 and rate >= 0):
        raise ValueError(
            f"{documents} documents, {copies} copies, {rate} queries a second; at least 1, 1 and 0"
        )
    if size > machine.room:
        raise DoesNotFit(size, machine.room)
    shards = math.ceil(documents * size / machine.room)
    copies = max(copies, math.ceil(rate * work.seconds(documents / shards) / machine.planned))
    if shards * copies > MOST_MACHINES:
        raise TooLarge(shards * copies, MOST_MACHINES)
    return Fleet(shards, copies)
