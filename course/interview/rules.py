"""Which budgets bind, and which constraint comes next."""

from collections.abc import Sequence

from course.interview.scenario import Round, Scenario, Slo


def binding(rounds: Sequence[Round]) -> list[tuple[Round, tuple[Slo, ...]]]:
    """The budgets that bind in each of ``rounds``, played in this order; relaxed ones loosened or left out."""
    found = []
    for place, each in enumerate(rounds):
        slos = []
        for slo in each.slos:
            relaxing = [later for later in rounds[place + 1 :] if slo.metric in later.relaxes]
            bound = relaxing[-1].budget(slo.metric) if relaxing else slo
            if bound is not None:
                slos.append(slo if slo.held(bound.limit) else bound)
        found.append((each, tuple(slos)))
    return found


def next_round(scenario: Scenario, reached: Sequence[Round], tightest: str) -> Round | None:
    """The round after ``reached`` where metric ``tightest`` had the least slack; None after the last."""
    names = {each.name for each in reached}
    remaining = [each for each in scenario.rounds[:-1] if each.name not in names]
    pressing = [each for each in remaining if each.presses == tightest]
    last = [scenario.rounds[-1]] if scenario.rounds[-1].name not in names else []
    return next(iter([*pressing, *remaining, *last]), None)
