"""Which budgets bind, once some rounds are reached."""

from collections.abc import Sequence

from course.interview.scenario import Round, Slo


def binding(rounds: Sequence[Round]) -> list[tuple[Round, tuple[Slo, ...]]]:
    """The budgets that bind in each of ``rounds``, in their order.

    A budget that a later round relaxes gives way to that round's, or lapses where it has none. A budget that a later
    round states as tightly under the same load can no longer break by itself, and is gone.
    """
    found: list[tuple[Round, tuple[Slo, ...]]] = []
    for place in range(len(rounds) - 1, -1, -1):
        each, later = rounds[place], rounds[place + 1 :]
        newer = [slo for other, slos in found if other.load == each.load for slo in slos]
        kept = []
        for slo in each.slos:
            relaxing = [other for other in later if slo.metric in other.relaxes]
            bound = relaxing[-1].budget(slo.metric) if relaxing else slo
            if bound is None:
                continue
            loosest = slo if slo.held(bound.limit) else bound
            if not any(other.metric == slo.metric and loosest.held(other.limit) for other in newer):
                kept.append(loosest)
        found.insert(0, (each, tuple(kept)))
    return found
