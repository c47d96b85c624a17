"""Known answers of a day under the day's checks across the wall, as the gates tried them in a kernel."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import pytest

from autograde.pool import Server, named
from course.build.days import Built, make
from course.build.gates_mistakes import mistakes
from course.build.gates_room import Room
from course.build.told import KEY, STUB, Told, comparable, heard, keep, kept
from course.build.trial import answers
from course.checking.mistakes import FILE, Mistake, read_mistakes
from course.checking.probes import Plan
from course.checking.report import Report
from course.syllabus import Day, find

LIMIT = "from course.checking import port\n\nport.MAX_SECONDS = 1.0"
"""What an answer without an end has, as it has in the gates."""


@dataclass(frozen=True)
class Answer:
    """A known answer: the cells that run when grading, by grade id, the checks that are compared, and whether the likely
    cause is found on this side too."""

    day: str
    cells: Mapping[str, str]
    checks: tuple[str, ...]
    named: bool


@cache
def built(day: str) -> Built:
    return make(find(day))


def in_the_kernel(day: Day) -> Told:
    """What the gates have heard on the day as it is now; they are run where they were not."""
    told = kept(day)
    if told is None:
        room = Room(day)
        with room.trials:
            mistakes(room)
        keep(day, told := room.told)
    return told


def answers_of(day: str) -> Iterator[tuple[str, Answer]]:
    """The key, the stub and every known mistake of a day. The first mistake of each check is named across the wall too."""
    made = built(day)
    key, stub = (
        {cell["id"]: cell["source"] for cell in answers(made.lesson, notebook)}
        for notebook in (made.key, made.released)
    )
    checks = tuple(check.function for check in made.lesson.checks)
    yield KEY, Answer(day, key, checks, named=True)
    yield STUB, Answer(day, stub, checks, named=True)
    listed: list[Mistake] = read_mistakes(Room(find(day)).folder / FILE)
    for mistake in listed:
        cell = f"{day}-{mistake.exercise}-code"
        first = next(each for each in listed if each.check == mistake.check and not each.decision)
        cells = key | {cell: key[cell].replace(*mistake.edits[0])}
        yield mistake.title, Answer(day, cells, (mistake.check,), named=mistake is first)


def across_the_wall(server: Server, answer: Answer) -> dict[str, Any]:
    with server.candidate() as candidate:
        for name, source in {"limit": LIMIT, **answer.cells}.items():
            assert candidate.run(name, source) == "", name
        found = {}
        for name, function, subjects in _checks(answer):
            with candidate.examined() as channel, Listening(named=answer.named) as listening:
                report = function(*(named(channel, subject) for subject in subjects))
            found[name] = comparable(report, listening.heard)
        return found


class Listening:
    """Hears what naming goes by. That it then names the same is a matter of one process and of no clock: it is found out
    here for those alone that are ``named``."""

    def __init__(self, *, named: bool) -> None:
        self.named, self.heard, self.patch = named, "", pytest.MonkeyPatch()

    def __enter__(self) -> "Listening":
        likely = Plan._likely

        def listened(plan: Plan, first: int, seen: Any, room: Any) -> str:
            self.heard = heard(plan, seen)
            return likely(plan, first, seen, room) if self.named else ""

        self.patch.setattr(Plan, "_likely", listened)
        return self

    def __exit__(self, *_: object) -> None:
        self.patch.undo()


def _checks(answer: Answer) -> Iterator[tuple[str, Callable[..., Report], tuple[str, ...]]]:
    lesson = built(answer.day).lesson
    module = import_module(f"course.days.{lesson.day.package}.checks")
    for check in lesson.checks:
        if check.function in answer.checks:
            yield check.function, getattr(module, check.function), check.subjects
