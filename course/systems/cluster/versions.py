"""Versions of a value, and what a reader makes of several: vector clocks.

Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System" (1978); vector clocks as in DeCandia et al.,
"Dynamo" (SOSP 2007), section 4.4.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

Clock = Mapping[str, int]
"""How many writes of each writer a version has seen, its own included; a writer that is missing counts 0."""


class Version(TypedDict):
    """A value as it is stored and sent: the ``clock`` of what it has seen, and who wrote it (``writer``) at which ``stamp`` of
    the writer's own watch, in seconds."""

    value: str
    clock: dict[str, int]
    stamp: float
    writer: str


def compare(a: Clock, b: Clock) -> str:
    """How clock ``a`` stands to clock ``b``: "equal", "before", "after" or "concurrent".

    "before" where ``b`` has seen all that ``a`` has, and more: no writer's count is higher in ``a``. "after" is the
    reverse. "concurrent" where each has seen something that the other has not. A writer that a clock leaves out
    counts 0 there, so ``{}`` and ``{"ann": 0}`` are equal. Two writers are one only if their texts are the same: "Ann" is
    not "ann". Changes nothing. Complexity: O(writers).
    """
    writers = {*a, *b}
    less = any(a.get(writer, 0) < b.get(writer, 0) for writer in writers)
    more = any(a.get(writer, 0) > b.get(writer, 0) for writer in writers)
    if less and more:
        return "concurrent"
    return "before" if less else "after" if more else "equal"


def merged(clocks: Iterable[Clock]) -> dict[str, int]:
    """The clock that has seen what any of ``clocks`` has: for each writer the highest count; of nothing ``{}``."""
    found: dict[str, int] = {}
    for clock in clocks:
        for writer, count in clock.items():
            found[writer] = max(count, found.get(writer, 0))
    return found


def reconcile(versions: Sequence[Version]) -> list[Version]:
    """What a reader gets of all ``versions`` of one key that replicas returned.

    A version goes if its clock is "before" that of another one (see ``compare``). Nothing is there twice: two are the same
    only if all of value, clock, stamp and writer are. Of no versions nothing; of any, at least one. What is left is one
    version, or several that are concurrent or have equal clocks. Of several you return *all*, or only the *latest*: that
    with the highest stamp, and of equal stamps that of the last writer in the order of texts. Where the writer is the
    same too, any of them will do. The statement does not say whether all or the latest; do the same always. The order of
    what you return does not matter. Writers and values are compared as they are, "" among them. Changes nothing. Complexity: O(n²) comparisons of clocks.
    """
    different = [version for place, version in enumerate(versions) if version not in versions[:place]]
    return [
        version
        for version in different
        if not any(compare(version["clock"], other["clock"]) == "before" for other in different)
    ]


def latest(versions: Sequence[Version]) -> list[Version]:
    """The other choice of ``reconcile``, called *last write wins*: of what is left, the one with the highest stamp."""
    left = reconcile(versions)
    return [max(left, key=lambda version: (version["stamp"], version["writer"]))] if left else []
