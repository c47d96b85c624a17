"""The author's commands: `course build`, `course check`, `course cards`, `course rounds`, `course new-day`."""

import sys
from collections.abc import Sequence

from course.build.days import ROOMS, existing_days, make, stale, write
from course.build.lesson import LessonError
from course.checking.seeds import ROOT
from course.syllabus import Day, find


def build_command(days: Sequence[Day | int | str], check: bool = False) -> int:
    """Make the notebooks of ``days`` (all that have a lesson, where none is named), or only say which are stale.

    Prints what it wrote, and each lesson's error to standard error; returns 0, or 1 where a lesson has an error or,
    with ``check``, where a file is stale. Writes nothing else and removes nothing.
    """
    status = 0
    for day in [_known(day) for day in days] or existing_days():
        try:
            built = make(day)
        except LessonError as error:
            print(f"course build: {error}", file=sys.stderr)
            status = 1
            continue
        for path in stale(built) if check else write(built):
            print(f"{'stale' if check else 'wrote'} {path.relative_to(ROOT).as_posix()}")
            status = 1 if check else status
    if check and status:
        print("mend: `course build`, then commit what it wrote")
    return status


def check_command(days: Sequence[Day | int | str], nightly: bool = False) -> int:
    """Hold ``days`` (all that have a room, and the house, where none is named) to the gates; 1 if anything is found.

    With ``nightly`` also to those that repeat: the lesson's own run, and each mistake at hidden seeds.
    """
    from course.build.gates import run

    return run([_with_room(day) for day in days], nightly=nightly)


def cards_command(day: Day | int | str, wanted: str = "") -> int:
    """Print every card that a known wrong answer of a day gets, as a learner reads it; 1 where none is called ``wanted``."""
    from course.build.gates_mistakes import cards
    from course.build.gates_room import Room

    room = Room(_with_room(day))
    with room.trials:
        number = 0
        for number, (title, card) in enumerate(cards(room, wanted), start=1):  # noqa: B007
            print(f"── {title} {'─' * max(0, 90 - len(title))}\n\n{card}\n")
    if not number:
        print(f"no known mistake of {room.day.id} is called {wanted!r}; without a name, all are shown")
    return 0 if number else 1


def rounds_command(day: Day | int | str) -> int:
    """Print the proof of a day's rounds, and of its mock round where it has one; 1 where something is not proved."""
    from course.build.gates_interview import mock_scenario, proof
    from course.build.gates_room import Room
    from course.interview import prove

    found, proofs = _known(day), []
    if (ROOMS / found.package / "lesson.py").is_file():
        proofs.append(proof(Room(found)))
    if (ROOMS / found.package / "mock.py").is_file():
        proofs.append(prove(mock_scenario(found)))
    for each in proofs:
        print(each.text())
    if not proofs:
        raise LessonError(found.id, None, "it has no room", f"`course new-day {found.number}` makes one")
    return 1 if any(each.problems for each in proofs) else 0


def new_day_command(number: Day | int | str) -> int:
    """Make the room of a day from the template, and print what comes next. Raises ``LessonError`` where it has one."""
    from course.build.rooms import next_steps, open_room

    day = _known(number)
    for path in open_room(day):
        print(f"wrote {path.relative_to(ROOT).as_posix()}")
    print(f"next:\n{next_steps(day)}")
    return 0


def _with_room(day: Day | int | str) -> Day:
    found = _known(day)
    if not (ROOMS / found.package / "lesson.py").is_file():
        raise LessonError(found.id, None, "it has no room", f"`course new-day {found.number}` makes one")
    return found


def _known(day: Day | int | str) -> Day:
    return day if isinstance(day, Day) else find(day)
