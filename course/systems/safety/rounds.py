"""The rounds of the interview as timed agendas, and a rehearsal held against one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from course import facts
from course.systems.safety.errors import AgendaError


@dataclass(frozen=True)
class Round:
    """One round: its length in minutes, its sections in order with their share of the time, and what weak looks like.

    Where a round that is a ``gate`` is failed, what follows is cancelled; what follows is held on another day.
    """

    name: str
    minutes: float
    sections: tuple[tuple[str, float], ...]
    weak: str
    onsite: bool = True
    gate: bool = False


ROUNDS = (
    Round(
        "recruiter screen",
        facts.ROUND_RECRUITER_MINUTES.value,
        (("background in two minutes", 2), ("why this, and why safely", 4), ("your questions", 3)),
        "a motive that would fit any company",
        onsite=False,
    ),
    Round(
        "assessment",
        facts.ROUND_ASSESSMENT_MINUTES.value,
        (
            ("level 1: the operations", 3),
            ("level 2: more to report", 4),
            ("level 3: time, or many users", 5),
            ("level 4: copies, or going back", 6),
        ),
        "a first level that has to be written again for the third",
        onsite=False,
        gate=True,
    ),
    Round(
        "hiring manager",
        facts.ROUND_MANAGER_MINUTES.value,
        (("what you built last", 4), ("what you would do here", 3), ("your questions", 2)),
        "a list of duties in place of one decision",
        onsite=False,
    ),
    Round(
        "coding",
        facts.ROUND_CODING_MINUTES.value,
        (("the contract", 12), ("many threads", 20), ("a stream", 15), ("what breaks, and for whom", 7)),
        "a filter whose false positives were not asked about",
    ),
    Round(
        "system design",
        facts.ROUND_DESIGN_MINUTES.value,
        (
            ("clarify, numbers", 2),
            ("interface and data", 2),
            ("high-level design", 3),
            ("drill", 4),
            ("constraints", 3),
            ("what breaks at 10x", 1),
        ),
        "the same picture for every prompt",
        gate=True,
    ),
    Round(
        "project deep dive",
        facts.ROUND_DEEP_DIVE_MINUTES.value,
        (
            ("the problem and your part", 1),
            ("decisions and alternatives", 3),
            ("numbers", 2),
            ("failures", 2),
            ("what you would change", 1),
        ),
        '"we" in every sentence',
    ),
    Round(
        "values",
        facts.ROUND_VALUES_MINUTES.value,
        (("stories", 5), ("doubts and disagreement", 3), ("your questions", 1)),
        "a slogan without a situation",
    ),
)
"""As candidates reported them in 2026; see the facts. Reports differ in number and order, and change."""


@dataclass(frozen=True)
class Slot:
    """One section of an agenda, in minutes from the start of the round."""

    section: str
    start: float
    end: float


def agenda(round_: Round, spare: float = 0.1) -> tuple[Slot, ...]:
    """The round's sections with whole-minute starts, ``spare`` of the time left free at the end.

    Each section gets its share of the rest, rounded down, and the minutes left over go to the largest remainders (ties
    to the earlier section), so the agenda fills that time exactly. Raises :class:`~course.systems.safety.errors.AgendaError`
    where a section would get less than a minute or ``spare`` is not within [0, 1). O(sections log sections).
    """
    usable = int(round_.minutes * (1.0 - spare) + 1e-9)
    if not 0.0 <= spare < 1.0 or usable < len(round_.sections):
        raise AgendaError(round_.name, len(round_.sections), max(usable, 0))
    whole = sum(share for _, share in round_.sections)
    exact = [usable * share / whole for _, share in round_.sections]
    minutes = [max(1, int(value)) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (minutes[i] - exact[i], i))
    for i in by_remainder[: max(0, usable - sum(minutes))]:
        minutes[i] += 1
    while sum(minutes) > usable:  # short sections were raised to a minute: the longest one pays
        minutes[max(range(len(minutes)), key=lambda i: minutes[i])] -= 1
    slots: list[Slot] = []
    start = 0.0
    for (section, _), length in zip(round_.sections, minutes, strict=True):
        slots.append(Slot(section, start, start + length))
        start += length
    return tuple(slots)


@dataclass(frozen=True)
class Pace:
    """How one section went: planned and spent minutes, and how far behind the agenda it ended (negative: ahead)."""

    section: str
    planned: float
    spent: float
    behind: float


def pace(slots: Sequence[Slot], ends: Mapping[str, float]) -> tuple[Pace, ...]:
    """A rehearsal held against its agenda; ``ends`` maps a section to the minute at which it ended.

    A section that is not in ``ends`` was never reached: nothing spent, and behind by all that remained. Raises
    ``ValueError`` where a section ends before the one before it. O(sections).
    """
    out: list[Pace] = []
    before = 0.0
    for slot in slots:
        planned = slot.end - slot.start
        if slot.section not in ends:
            out.append(Pace(slot.section, planned, 0.0, slots[-1].end - slot.start))
            continue
        end = ends[slot.section]
        if end < before:
            raise ValueError(
                f"{slot.section} ends at minute {end:g}, before {before:g}; give the minutes in order"
            )
        out.append(Pace(slot.section, planned, end - before, end - slot.end))
        before = end
    return tuple(out)


def first_slip(paces: Sequence[Pace], tolerance: float = 2.0) -> Pace | None:
    """The section in which the time was first lost (more than ``tolerance`` minutes over, or never reached), or None."""
    for item in paces:
        if item.spent == 0.0 or item.spent - item.planned > tolerance:
            return item
    return None
