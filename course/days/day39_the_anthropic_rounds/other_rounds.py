"""The rounds beside the coding round, as cells use them: an agenda and its pace, sheets and their gaps, a plan."""

from collections.abc import Collection, Mapping, Sequence

from course.systems.safety.errors import NoPlanError
from course.systems.safety.mock_loop import LoopRules, plan_loop
from course.systems.safety.rounds import ROUNDS, Round, agenda, first_slip, pace
from course.systems.safety.sheets import DeepDiveSheet, ValuesSheet

CODING = next(round_ for round_ in ROUNDS if round_.name == "coding")
LONGEST = 4.0
"""Minutes that a project may be told in before the first question."""


def show_agenda(round_: Round = CODING) -> None:
    """Print a round's sections by the minute, and what a weak one looks like."""
    print(f"{round_.name}, {round_.minutes:g} minutes")
    for slot in agenda(round_):
        print(f"  {slot.start:>3.0f} to {slot.end:>2.0f}  {slot.section}")
    print(f"  weak: {round_.weak}")


def show_pace(ends: Mapping[str, float], round_: Round = CODING) -> None:
    """Print a rehearsal against its agenda, and where the time was first lost."""
    slots = agenda(round_)
    unknown = sorted(set(ends) - {slot.section for slot in slots})
    if unknown or not ends:
        print(
            f"{f'no section {unknown[0]!r}' if unknown else 'nothing timed yet'}; write the minute at which each ended:"
        )
        print("  " + ", ".join(repr(slot.section) for slot in slots))
        return
    try:
        paces = pace(slots, ends)
    except ValueError as error:
        print(error)
        return
    print(f"{'section':<30}{'planned':>8}{'spent':>7}{'behind':>8}")
    for item in paces:
        print(f"{item.section:<30}{item.planned:>8.0f}{item.spent:>7.0f}{item.behind:>8.0f}")
    slip = first_slip(paces)
    if slip is None:
        print("no section slipped by more than two minutes")
    elif slip.spent == 0.0:
        print(f"never reached: {slip.section}")
    else:
        print(f"the time was lost first in: {slip.section}, {slip.spent - slip.planned:.0f} minutes over")


def show_gaps(sheet: DeepDiveSheet | ValuesSheet) -> None:
    """Print what an interviewer would find missing; for a project also how long it takes to tell."""
    gaps = sheet.gaps()
    for gap in gaps:
        print(f"  missing  {gap}")
    print(f"{len(gaps)} gaps" if gaps else "no gaps: now say it aloud, without the sheet")
    if isinstance(sheet, DeepDiveSheet):
        minutes = sheet.minutes()
        print(
            f"told in {minutes:.1f} minutes{'' if minutes <= LONGEST else f'; {LONGEST:g} is what anybody listens to'}"
        )
    else:
        for trait, stories in sheet.coverage().items():
            if stories:
                print(f"  {'story ' + ', '.join(map(str, stories)):<10} {trait}")


def show_plan(minutes_a_day: Sequence[float], rest_days: Collection[int], rounds_a_day: int) -> None:
    """Print the mock loop laid over the days, or the round that does not fit."""
    rules = LoopRules(rounds_a_day=rounds_a_day, rest_days=frozenset(rest_days))
    try:
        plan = plan_loop(ROUNDS, minutes_a_day, rules)
    except NoPlanError as error:
        print(error)
        return
    for sitting in plan:
        print(
            f"day {sitting.day + 1:>2}  minute {sitting.start:>3.0f} to {sitting.end:>3.0f}  {sitting.round.name}"
        )
    print(f"{len(plan)} rounds on {len({s.day for s in plan})} days; done on day {plan[-1].day + 1}")
